// The built-in template. It has the shape of GSMA's generic test profile (TS.48), reduced to what a phone needs to
// register, call and send messages; access rules stand at the record numbers that the file templates of SAIP annex A
// refer to.
#include "rsp/profile_package.hpp"
#include "rsp/saip.hpp"

#include <array>

namespace keepline::rsp {

namespace {

using base::bytes;
using der::writer;

// Templates of SAIP annex A in their first version (2.23.143.1.2.x), which every eUICC of SAIP 2.1 and later knows.
constexpr std::string_view template_mf = "2.23.143.1.2.1", template_usim = "2.23.143.1.2.4",
                           template_opt_usim = "2.23.143.1.2.5";

constexpr std::string_view usim_aid = "a0000000871002ffffffff8907090000";
constexpr std::size_t arr_record = 46;
constexpr std::size_t dir_record = 38;

bytes of_hex(std::string_view hex) { return base::from_hex(hex).value(); }

// Access conditions (TS 102 221 §9.5): who may do it.
const std::string anybody = "9000", pin1 = "a406830101950108", pin2 = "a406830181950108", adm = "a40683010a950108";

/// An access rule in expanded form (TS 102 221 §9.2.7): reading; updating; and everything else for the administrator.
std::string rule(const std::string& read, const std::string& update) {
    return "800101" + read + (update.empty() ? "" : "800102" + update) + "800158" + adm;
}

/// EF.ARR: a record per rule of SAIP annex A. 14 is for directories; numbers that no template uses let nobody in but
/// the administrator.
bytes access_rules() {
    const std::array<std::string, 15> rules{rule(anybody, pin1),                 // 1
                                            rule(pin1, adm),                     // 2
                                            rule(adm, adm),                      // 3
                                            rule(adm, adm),                      // 4
                                            rule(pin1, pin1),                    // 5
                                            rule(pin1, adm),                     // 6
                                            rule(pin1, pin1) + "840132" + pin1,  // 7: counters that can be increased
                                            rule(pin1, pin2),                    // 8
                                            rule(anybody, pin1),                 // 9
                                            rule(anybody, adm),                  // 10
                                            rule(anybody, ""),                   // 11: never changed
                                            rule(pin1, ""),                      // 12
                                            rule(adm, adm),                      // 13
                                            "80015e" + adm,                      // 14: directories
                                            rule(adm, adm)};                     // 15
    bytes out;
    for (const auto& one : rules) {
        auto record = of_hex(one);
        record.resize(arr_record, 0xff);
        out.insert(out.end(), record.begin(), record.end());
    }
    return out;
}

/// How a file is made: a File of SAIP with an Fcp and its content.
struct file_plan {
    std::string_view descriptor;  // hex
    std::string_view id;
    std::string_view rule;  // EF.ARR and record
    std::size_t size = 0;   // efFileSize; 0: the template's
    bytes content{};
    std::string_view aid{};
    std::string_view pins{};  // pinStatusTemplateDO of a directory
};

void write_file(writer& out, der::tag field, const file_plan& plan) {
    out.nested(field, [&] {
        out.nested(0xa1, [&] {
            if (!plan.descriptor.empty()) out.octets(0x82, of_hex(plan.descriptor));
            if (!plan.id.empty()) out.octets(0x83, of_hex(plan.id));
            if (!plan.aid.empty()) out.octets(0x84, of_hex(plan.aid));
            out.octets(0x8b, of_hex(plan.rule));
            if (plan.size != 0) {
                bytes size{static_cast<std::uint8_t>(plan.size)};
                if (plan.size > 0xff) size.insert(size.begin(), static_cast<std::uint8_t>(plan.size >> 8));
                out.octets(0x80, size);
            }
            if (!plan.pins.empty()) out.octets(0xc6, of_hex(plan.pins));
        });
        if (!plan.content.empty()) out.octets(0x83, plan.content);
    });
}

void not_created(writer& out, der::tag field) {
    out.nested(field, [&] { out.octets(0x80, {}); });
}

/// PEHeader: mandated, with the next running number.
void write_header(writer& out, unsigned& number) {
    out.nested(0xa0, [&] { out.octets(0x80, {}).number(++number, 0x81); });
}

void write_profile_header(writer& out, aka_algorithm algorithm) {
    out.nested(saip::pe_header, [&] {
        out.number(2, 0x80).number(3, 0x81).text(0x82, "Keepline").octets(0x83, bytes(10, 0xff));
        out.nested(0xa5, [&] {  // eUICC-Mandatory-services
            out.octets(0x81, {});
            out.octets(algorithm == aka_algorithm::tuak ? 0x85 : 0x84, {});
        });
        out.nested(0xa6, [&] { out.oid(template_mf).oid(template_usim).oid(template_opt_usim); });
    });
}

void write_mf(writer& out, unsigned& number) {
    bytes directory = of_hex("611a4f10" + std::string(usim_aid) + "50045553494d");
    directory[1] = static_cast<std::uint8_t>(directory.size() - 2);
    directory.resize(dir_record, 0xff);
    const auto arr = access_rules();
    out.nested(saip::pe_mf, [&] {
        write_header(out, number);
        out.oid(template_mf, 0x81);
        write_file(out, 0xa2, {.descriptor = "", .id = "", .rule = "2f060e", .pins = "010a"});
        write_file(out, 0xa3,
                   {.descriptor = "4121", .id = "2f05", .rule = "2f0601", .size = 2, .content = of_hex("ffff")});
        write_file(out, 0xa4, {.descriptor = "4121", .id = "2fe2", .rule = "2f060b", .content = bytes(10, 0xff)});
        write_file(
            out, 0xa5,
            {.descriptor = "42210026", .id = "2f00", .rule = "2f060a", .size = dir_record, .content = directory});
        write_file(out, 0xa6,
                   {.descriptor = "4221002e", .id = "2f06", .rule = "2f060a", .size = arr.size(), .content = arr});
        write_file(out, 0xa7, {.descriptor = "4121", .id = "2f08", .rule = "2f060a", .content = of_hex("3c3c000000")});
    });
}

void write_codes(writer& out, unsigned& number) {
    const auto eight = [](char c) { return bytes(8, static_cast<std::uint8_t>(c)); };
    out.nested(saip::pe_puks, [&] {
        write_header(out, number);
        out.nested(0xa1, [&] {
            out.nested(der::sequence, [&] { out.number(0x01, 0x80).octets(0x81, eight('1')); });
            out.nested(der::sequence, [&] { out.number(0x81, 0x80).octets(0x81, eight('2')); });
        });
    });
    out.nested(saip::pe_pins, [&] {
        write_header(out, number);
        out.nested(0xa1, [&] {
            out.nested(0xa0, [&] {
                // PIN1 is there but not asked for (attributes 6), as phones of prepaid lines expect.
                out.nested(der::sequence, [&] {
                    out.number(0x01, 0x80).octets(0x81, of_hex("30303030ffffffff")).number(1, 0x82).number(6, 0x83);
                });
                out.nested(der::sequence,
                           [&] { out.number(0x0a, 0x80).octets(0x81, eight('5')).number(3, 0x83).number(170, 0x84); });
            });
        });
    });
}

/// EF.UST (TS 31.102 §4.2.8) of 14 bytes, as the first version of the template has it.
bytes service_table() {
    bytes out(14, 0);
    // 10 SMS, 12 SMS parameters, 17 and 18 group ids, 19 provider name, 21 MSISDN, 28 data download by SMS, 85 EPS
    // mobility.
    for (const int service : {10, 12, 17, 18, 19, 21, 28, 85})
        out[static_cast<std::size_t>(service - 1) / 8] |= static_cast<std::uint8_t>(1 << (service - 1) % 8);
    return out;
}

void write_usim(writer& out, unsigned& number) {
    const auto arr = access_rules();
    out.nested(saip::pe_usim, [&] {
        write_header(out, number);
        out.oid(template_usim, 0x81);
        write_file(out, 0xa2, {.descriptor = "", .id = "7fd0", .rule = "2f060e", .aid = usim_aid, .pins = "81010a"});
        write_file(out, 0xa3, {.descriptor = "4121", .id = "6f07", .rule = "6f0602", .content = bytes(9, 0xff)});
        write_file(out, 0xa4,
                   {.descriptor = "4221002e", .id = "6f06", .rule = "6f060a", .size = arr.size(), .content = arr});
        write_file(out, 0xa8, {.descriptor = "4121", .id = "6f38", .rule = "6f0602", .content = service_table()});
        not_created(out, 0xa9);  // EF.FDN: no fixed dialling
        write_file(out, 0xad, {.descriptor = "4121", .id = "6f46", .rule = "6f060a", .content = bytes(17, 0xff)});
        write_file(out, 0xae, {.descriptor = "4121", .id = "6f56", .rule = "6f0608", .content = {0x00}});
        write_file(out, 0xb2, {.descriptor = "4121", .id = "6f78", .rule = "6f0602", .content = bytes(2, 0x00)});
        write_file(out, 0xb5, {.descriptor = "4121", .id = "6fad", .rule = "6f060a", .content = of_hex("00000002")});
        // 112 and 911 also where the network has not said so.
        write_file(out, 0xb6,
                   {.descriptor = "42210004",
                    .id = "6fb7",
                    .rule = "6f060a",
                    .size = 8,
                    .content = of_hex("11f2ff0019f1ff00")});
    });
    out.nested(saip::pe_opt_usim, [&] {
        write_header(out, number);
        out.oid(template_opt_usim, 0x81);
        write_file(out, 0xa5,
                   {.descriptor = "4121", .id = "6f3e", .rule = "6f0602", .size = 8, .content = bytes(8, 0xff)});
        write_file(out, 0xa6,
                   {.descriptor = "4121", .id = "6f3f", .rule = "6f0602", .size = 8, .content = bytes(8, 0xff)});
        write_file(out, 0xa7,
                   {.descriptor = "42210018", .id = "6f40", .rule = "6f0605", .size = 24, .content = bytes(24, 0xff)});
    });
    out.nested(saip::pe_pins, [&] {
        write_header(out, number);
        out.nested(0xa1, [&] {
            out.nested(0xa0, [&] {
                out.nested(der::sequence, [&] {
                    out.number(0x81, 0x80).octets(0x81, of_hex("30303030ffffffff")).number(0x81, 0x82).number(3, 0x83);
                });
            });
        });
    });
}

void write_aka(writer& out, unsigned& number, aka_algorithm algorithm) {
    const bool tuak = algorithm == aka_algorithm::tuak;
    out.nested(saip::pe_aka, [&] {
        write_header(out, number);
        out.nested(0xa1, [&] {
            out.nested(0xa1, [&] {
                out.number(tuak ? 2 : 1, 0x80).octets(0x81, of_hex("01"));  // RES and MAC of 64 bits, CK and IK of 128
                out.octets(0x82, bytes(16, 0)).octets(0x83, bytes(tuak ? 32 : 16, 0));
            });
        });
    });
}

/// The operator's security domain (MNO-SD) with three AES keys for SCP80 under version 1.
void write_security_domain(writer& out, unsigned& number) {
    out.nested(saip::pe_security_domain, [&] {
        write_header(out, number);
        out.nested(0xa1, [&] {
            out.octets(0x4f, of_hex("a0000001515350"))
                .octets(0x4f, of_hex("a000000151535041"))
                .octets(0x4f, of_hex("a000000151000000"));
            out.octets(0x82, of_hex("82dc00"))
                .octets(0x83, of_hex("0f"))
                .octets(0xc9, of_hex("810280008201f08301f08701f0"));
            out.nested(0xea, [&] { out.octets(0x80, of_hex("010000000002010206b2010000000000")); });
        });
        out.nested(0xa2, [&] {
            for (const auto& [usage, id] : {std::pair{"18", "01"}, std::pair{"14", "02"}, std::pair{"48", "03"}})
                out.nested(der::sequence, [&] {
                    out.octets(0x95, of_hex(usage)).octets(0x82, of_hex(id)).octets(0x83, of_hex("01"));
                    out.nested(der::sequence, [&] {
                        out.nested(der::sequence, [&] { out.octets(0x80, of_hex("88")).octets(0x86, bytes(16, 0)); });
                    });
                });
        });
    });
}

}  // namespace

bytes builtin_template(const builtin_choice& choice) {
    writer out(4096);
    unsigned number = 0;
    write_profile_header(out, choice.algorithm);
    write_mf(out, number);
    write_codes(out, number);
    write_usim(out, number);
    write_aka(out, number, choice.algorithm);
    if (choice.over_the_air) write_security_domain(out, number);
    out.nested(saip::pe_end, [&] { write_header(out, number); });
    return std::move(out).take();
}

}  // namespace keepline::rsp
