// Packages of elements that this server did not make itself: files by their descriptors and fillings (SAIP §8.3), and
// what the check says.
#include "rsp/saip.hpp"

#include "rsp/profile_package.hpp"
#include "rsp/saip_content.hpp"

#include <gmock/gmock.h>

#include <gtest/gtest.h>

namespace keepline::rsp {

namespace {

using base::bytes;

bytes of_hex(std::string_view hex) { return base::from_hex(hex).value(); }

template <typename Fill>
bytes written(Fill fill) {
    der::writer out;
    fill(out);
    return std::move(out).take();
}

/// The content of the only file in an element: EF.IMSI of a USIM with that descriptor and those fillings; or the words
/// of what is wrong.
std::string imsi_file(std::string_view descriptor, std::string_view fillings) {
    const auto package = written([&](der::writer& out) {
        out.nested(saip::pe_usim, [&] {
            out.nested(0xa3, [&] {
                if (!descriptor.empty()) out.element(0xa1, of_hex(descriptor == "-" ? "" : descriptor));
                out.raw(of_hex(fillings));
            });
        });
    });
    const auto elements = saip::split(package);
    if (!elements) return elements.error().words;
    const auto files = saip::files_of(elements->front());
    if (!files) return files.error().words;
    return files->empty() ? "none" : base::hex(files->front().content);
}

}  // namespace

TEST(saip, a_file_is_filled_as_its_commands_say) {
    EXPECT_EQ(imsi_file("", ""), "ffffffffffffffffff") << "the size of annex A";
    EXPECT_EQ(imsi_file("", "8302aabb"), "aabbffffffffffffff");
    EXPECT_EQ(imsi_file("", "8302aabb8302ccdd"), "aabbccddffffffffff");
    EXPECT_EQ(imsi_file("", "8201028302aabb8201018301cc"), "ffffaabbffccffffff")
        << "an offset is from where the last one ended";
    EXPECT_EQ(imsi_file("",
                        "82020001"
                        "8301cc"),
              "ffccffffffffffffff");
    EXPECT_EQ(imsi_file("800104", "8304aabbccdd"), "aabbccdd") << "the size of the descriptor";
    EXPECT_EQ(imsi_file("80020004", ""), "ffffffff");
    EXPECT_EQ(imsi_file("800104", "8305aabbccddee"), "SAIP: a file is filled past its end.");
    EXPECT_EQ(imsi_file("800104", "8201018304aabbccdd"), "SAIP: a file is filled past its end.");
    EXPECT_EQ(imsi_file("", "8201048305aabbccddee"), "ffffffffaabbccddee");
    EXPECT_EQ(imsi_file("", "82021000"), "ffffffffffffffffff") << "to 4096";
    EXPECT_EQ(imsi_file("", "82021001"), "SAIP: a file is filled past its end.");
    EXPECT_EQ(imsi_file("", "820400000001"), "SAIP: a number is too large.");
    EXPECT_EQ(imsi_file("",
                        "8203000001"
                        "8301cc"),
              "ffccffffffffffffff");
    EXPECT_EQ(imsi_file("800400000001", ""), "SAIP: a number is too large.");
    EXPECT_EQ(imsi_file("80021001", "").size(), 2U * 4096) << "no file is larger here";
    EXPECT_EQ(imsi_file("", "8000"), "none") << "not created";
    EXPECT_EQ(imsi_file("c7022f07", ""), "none") << "a link to another file";
}

TEST(saip, a_file_begins_with_the_pattern_of_its_descriptor) {
    EXPECT_EQ(imsi_file("800104a503c10101", ""), "01010101");
    EXPECT_EQ(imsi_file("800104a504c1020102", ""), "01020202")
        << "fill pattern: its last byte fills the rest (TS 102 222)";
    EXPECT_EQ(imsi_file("800105a504c2020102", ""), "0102010201") << "repeat pattern";
    EXPECT_EQ(imsi_file("800104a504c0020102", ""), "ffffffff");
    EXPECT_EQ(imsi_file("800104a506c00105c10107", "8301aa"), "aa070707");
    EXPECT_EQ(imsi_file("800104a502c100", ""), "ffffffff");
}

TEST(saip, a_file_s_change_keeps_its_descriptor_and_replaces_its_fillings) {
    const auto package = written([](der::writer& out) {
        out.nested(saip::pe_usim, [&] {
            out.octets(0x9f1f, of_hex("55"));
            out.nested(0xa3, [&] { out.raw(of_hex("a1038001098301aa8201018301bb")); });
            out.nested(0xb2, [&] { out.raw(of_hex("8302ffff")); });
        });
    });
    const auto elements = saip::split(package).value();
    const auto changed = [&](std::size_t size) {
        return saip::change_files(elements.front(), [&](const saip::file& file) {
            return file.kind == saip::file_kind::imsi ? std::optional(bytes(size, 0x11)) : std::nullopt;
        });
    };
    EXPECT_EQ(base::hex(changed(2).value()),
              "b3159f1f0155a309a1038001098302"
              "1111"
              "b2048302ffff");
    EXPECT_TRUE(changed(9));
    EXPECT_EQ(changed(10).error().words, "SAIP: what a file is to hold does not fit into it.");
    std::vector<std::pair<saip::file_kind, std::size_t>> found;
    for (const auto& one : saip::files_of(elements.front()).value()) found.emplace_back(one.kind, one.size());
    EXPECT_THAT(found,
                testing::ElementsAre(std::pair(saip::file_kind::imsi, 9UL), std::pair(saip::file_kind::acc, 2UL)));
}

// SAIP annex A: which file stands under which tag, and its size where the template alone says it.
TEST(saip, the_files_of_the_templates_are_known_by_their_tags) {
    using enum saip::file_kind;
    struct known {
        der::tag element, field;
        saip::file_kind kind;
        std::size_t size, record;
    };
    for (const auto& one : std::initializer_list<known>{{saip::pe_mf, 0xa4, iccid, 10, 0},
                                                        {saip::pe_usim, 0xa3, imsi, 9, 0},
                                                        {saip::pe_usim, 0xad, spn, 17, 0},
                                                        {saip::pe_usim, 0xb2, acc, 2, 0},
                                                        {saip::pe_usim, 0xb5, ad, 4, 0},
                                                        {saip::pe_opt_usim, 0xa5, gid1, 8, 0},
                                                        {saip::pe_opt_usim, 0xa6, gid2, 8, 0},
                                                        {saip::pe_opt_usim, 0xa7, msisdn, 24, 24},
                                                        {saip::pe_isim, 0xa3, impi, 0, 0},
                                                        {saip::pe_isim, 0xa4, impu, 0, 0},
                                                        {saip::pe_isim, 0xa5, domain, 0, 0},
                                                        {saip::pe_iot, 0xa4, iccid, 10, 0},
                                                        {saip::pe_iot, 0xa9, imsi, 9, 0},
                                                        {saip::pe_iot, 0xb2, acc, 2, 0},
                                                        {saip::pe_iot, 0xb5, ad, 4, 0},
                                                        {saip::pe_opt_iot, 0xa6, spn, 17, 0}}) {
        const auto package =
            written([&](der::writer& out) { out.nested(one.element, [&] { out.nested(one.field, [] {}); }); });
        const auto elements = saip::split(package).value();
        const auto files = saip::files_of(elements.front()).value();
        ASSERT_EQ(files.size(), 1U) << one.element << " " << one.field;
        EXPECT_EQ(files[0].kind, one.kind) << one.element << " " << one.field;
        EXPECT_EQ(files[0].size(), one.size) << one.element << " " << one.field;
        EXPECT_EQ(files[0].record, one.record) << one.element << " " << one.field;
    }
    const auto others =
        written([](der::writer& out) { out.nested(saip::pe_telecom, [&] { out.nested(0xa3, [] {}); }); });
    EXPECT_TRUE(saip::files_of(saip::split(others)->front())->empty());
}

TEST(saip, files_of_generic_file_management_are_known_by_their_ids) {
    const auto file = [](std::string_view commands) {
        const auto package = written([&](der::writer& out) {
            out.nested(saip::pe_generic_files,
                       [&] { out.nested(0xa1, [&] { out.element(der::sequence, of_hex(commands)); }); });
        });
        const auto elements = saip::split(package);
        if (!elements) return elements.error().words;
        const auto files = saip::files_of(elements->front());
        if (!files) return files.error().words;
        EXPECT_EQ(saip::change_files(elements->front(), [](const saip::file&) { return std::nullopt; }).value(),
                  package)
            << "what is not changed stays";
        std::string out;
        for (const auto& one : *files) out += base::hex(one.content) + "/" + std::to_string(one.record) + ";";
        return out;
    };
    EXPECT_EQ(file("620483026f07"), "ffffffffffffffffff/0;");
    EXPECT_EQ(file("620483026f078102aabb0201018101cc"),
              "aabbffccffffffffff"
              "/0;");
    EXPECT_EQ(file("620483026f788102aabb620483026fad810411223344"), "aabb/0;11223344/0;");
    EXPECT_EQ(file("620c820442210004800108830100"), "") << "an id has two octets";
    EXPECT_EQ(file("620d82044221000480010883026f40"), "ffffffffffffffff/4;") << "the record of its descriptor";
    EXPECT_EQ(file("620b8202412180010883026f40"), "ffffffffffffffff/24;") << "and else that of annex A";
    EXPECT_EQ(file("620483026f02"), "") << "in an ISIM EF.IMPI, elsewhere another file";
    EXPECT_EQ(file("620483026f07810aaabbccddeeff00112233"), "SAIP: a file is filled past its end.");
    EXPECT_EQ(file("620483026f07020400000001"), "SAIP: a number is too large.");
    EXPECT_EQ(file("80027fd0"), "");
}

TEST(saip, a_package_has_up_to_256_elements_in_512_kb) {
    const auto of = [](std::size_t count) {
        bytes out;
        for (std::size_t i = 0; i < count; ++i) out.insert(out.end(), {0xaa, 0x00});
        return saip::split(out).has_value();
    };
    EXPECT_TRUE(of(1));
    EXPECT_TRUE(of(256));
    EXPECT_FALSE(of(257));
    EXPECT_EQ(saip::split({}).error().words, "The profile package is empty.");
    const auto sized = [](std::size_t size) {
        return written([&](der::writer& out) { out.nested(0xaa, [&] { out.octets(0x80, bytes(size - 10)); }); });
    };
    EXPECT_EQ(sized(524'288).size(), 524'288U);
    EXPECT_TRUE(saip::split(sized(524'288)));
    EXPECT_EQ(saip::split(sized(524'289)).error().what, base::code::too_large);
    EXPECT_EQ(saip::split(of_hex("aa00"
                                 "8000"))
                  .error()
                  .words,
              "Element 2 is not DER.");
    EXPECT_EQ(saip::split(of_hex("aa00"
                                 "aa00"
                                 "a0021f1e"))
                  .error()
                  .words,
              "Element 3 is not DER.");
}

TEST(saip, an_element_s_head_says_its_number_its_template_and_whether_the_euicc_must_know_it) {
    const auto head = [](std::string_view hex) {
        const auto in = of_hex(hex);
        const auto elements = saip::split(in);
        if (!elements) return elements.error().words;
        const auto& one = elements->front();
        return std::string(one.mandated ? "!" : "") + (one.identification ? std::to_string(*one.identification) : "-") +
               " " + one.template_oid;
    };
    EXPECT_EQ(head("b305a003810107"), "7 ");
    EXPECT_EQ(head("b307a0058000810107"), "!7 ");
    EXPECT_EQ(head("b302a000"), "- ");
    EXPECT_EQ(head("b300"), "- ");
    EXPECT_EQ(head("b308a00681040001ffff"), "DER: identification is not minimal.");
    EXPECT_EQ(head("b307a0058103010000"), "65535 ") << "held to 16 bits";
    EXPECT_EQ(head("b306a00481020100"), "256 ");
    EXPECT_EQ(head("b30ca00381010781056781"
                   "0f0102"),
              "7 2.23.143.1.2");
    EXPECT_EQ(head("b00ca00381010781056781"
                   "0f0102"),
              "7 2.23.143.1.2");
    EXPECT_EQ(head("aa0ca00381010781056781"
                   "0f0102"),
              "7 ")
        << "which makes no files";
    EXPECT_EQ(head("a005a003810107"), "- ") << "a header has none";
    const std::array<std::string_view, 29> names{"header",
                                                 "genericFileManagement",
                                                 "pinCodes",
                                                 "pukCodes",
                                                 "akaParameter",
                                                 "cdmaParameter",
                                                 "securityDomain",
                                                 "rfm",
                                                 "application",
                                                 "nonStandard",
                                                 "end",
                                                 "mf",
                                                 "cd",
                                                 "telecom",
                                                 "usim",
                                                 "opt-usim",
                                                 "isim",
                                                 "opt-isim",
                                                 "phonebook",
                                                 "gsm-access",
                                                 "csim",
                                                 "opt-csim",
                                                 "eap",
                                                 "df-5gs",
                                                 "df-saip",
                                                 "df-snpn",
                                                 "df-5gprose",
                                                 "iot",
                                                 "opt-iot"};
    std::size_t at = 0;
    for (der::tag what = 0xa0; what <= 0xaa; ++what) EXPECT_EQ(saip::element_name(what), names[at++]);
    for (der::tag what = 0xb0; what <= 0xbe; ++what) EXPECT_EQ(saip::element_name(what), names[at++]);
    for (der::tag what = 0xbf1f; what <= 0xbf21; ++what) EXPECT_EQ(saip::element_name(what), names[at++]);
    EXPECT_EQ(saip::element_name(0xab), "");
}

// -- what stands in the files

TEST(saip_content, has_one_code_for_each_letter_of_the_gsm_alphabet_that_is_ascii_s) {
    using namespace saip;
    const auto code = [](char c) { return base::hex(ef_spn(std::string(1, c), true).value()).substr(2, 4); };
    EXPECT_EQ(code('@'), "00ff");
    EXPECT_EQ(code('$'), "02ff");
    EXPECT_EQ(code('_'), "11ff");
    EXPECT_EQ(code(' '), "20ff");
    EXPECT_EQ(code('z'), "7aff");
    for (const char wide : {'[', '\\', ']', '^', '`', '{', '~', '\x1f', '\x7f'})
        EXPECT_TRUE(code(wide).starts_with("8000")) << wide;
    for (int c = ' '; c <= '~'; ++c) {
        const std::string one(1, static_cast<char>(c));
        EXPECT_EQ(spn_of_ef(ef_spn(one, true).value()), one);
    }
    EXPECT_EQ(ef_spn("x", false).value()[0], 0x00);
    EXPECT_EQ(ef_spn("x", true).value()[0], 0x01);
    EXPECT_FALSE(ef_spn("\xff", true));
    EXPECT_FALSE(ef_spn("\xf0\x9f\x93\xb1", true));
    EXPECT_EQ(base::hex(ef_spn("\xef\xbf\xbd", true).value()).substr(0, 8), "0180fffd");
    EXPECT_TRUE(ef_spn("保保保保保保保", true));
    EXPECT_FALSE(ef_spn("保保保保保保保保", true));
}

TEST(saip_content, reads_names_up_to_their_filling) {
    const auto name = [](std::string_view hex) { return saip::spn_of_ef(of_hex(hex)).value_or("none"); };
    EXPECT_EQ(name("01"), "none");
    EXPECT_EQ(name("0141"), "A");
    EXPECT_EQ(name("0141ff42"), "A");
    EXPECT_EQ(name("01ff"), "");
    EXPECT_EQ(name("0103"), "none") << "a letter that nobody here writes";
    EXPECT_EQ(name("01807801"), "\xe7\xa0\x81");
    EXPECT_EQ(name("0180004100ff0042ffff0043"),
              "A\xc3\xbf"
              "B");
    EXPECT_EQ(name("018000410042ff"), "AB") << "half a letter at the end";
    EXPECT_EQ(name("0180d800"), "none");
    EXPECT_EQ(name("0180dfff"), "none");
    EXPECT_EQ(name("0180d7ff"), "\xed\x9f\xbf");
    EXPECT_EQ(name("0180e000"), "\xee\x80\x80");
    EXPECT_EQ(name("0180ff41"), "\xef\xbd\x81");
}

TEST(saip_content, reads_numbers_that_are_whole_and_no_others) {
    using namespace saip;
    EXPECT_EQ(digits_of_swapped(of_hex("21f3")), "123");
    EXPECT_EQ(digits_of_swapped(of_hex("2143ff65")), "1234");
    EXPECT_FALSE(digits_of_swapped(of_hex("2a")));
    EXPECT_EQ(digits_of_swapped(of_hex("99")), "99");
    EXPECT_EQ(base::hex(swapped_digits("12345", 2)), "2143");
    EXPECT_EQ(base::hex(swapped_digits("123", 3)), "21f3ff");
    EXPECT_EQ(iccid_of_ef(of_hex("98680021436587092143")).value().text(), "89860012345678901234");
    EXPECT_FALSE(iccid_of_ef(of_hex("986800214365870921")));
    EXPECT_FALSE(iccid_of_ef(of_hex("9868002143658709214300")));
    EXPECT_EQ(iccid_of_header(of_hex("89860012345678901234")).value().text(), "89860012345678901234");
    EXPECT_EQ(iccid_of_header(of_hex("8986001234567890123f")).value().text(), "8986001234567890123");
    const auto imsi = [](std::string_view hex) {
        const auto found = imsi_of_ef(of_hex(hex));
        return found ? found->text() : std::string("none");
    };
    EXPECT_EQ(imsi("080910101032547698"), "001010123456789");
    EXPECT_EQ(imsi("0409101032ffffffff"), "0010123");
    EXPECT_EQ(imsi("04011010f3ffffffff"), "001013") << "an even number of digits";
    for (const auto* none :
         {"000910101032547698", "090910101032547698", "08091010103254769800", "0809101010325476", "080110101032547698",
          "080910101032547"
          "6f8",
          "080810101032547698", "080b10101032547698", "0109ffffffffffffff", "08a910101032547698"})
        EXPECT_EQ(imsi(none), "none") << none;
    for (char last = '0'; last <= '9'; ++last) {
        const auto classes = ef_acc(base::imsi::parse(std::string("46000123456789") + last).value());
        EXPECT_EQ(classes[0] << 8 | classes[1], 1 << (last - '0')) << last;
    }
    const auto number = [](std::string_view hex) {
        const auto found = msisdn_of_record(of_hex(hex));
        return found ? found->text() : std::string("none");
    };
    EXPECT_EQ(number("0891683108108300f0ffffffffff"), "+8613800138000");
    EXPECT_EQ(number("aa0891683108108300f0ffffffffff"), "+8613800138000");
    EXPECT_EQ(number("0891683108108300f0ffffffff"), "none");
    EXPECT_EQ(number("0881683108108300f0ffffffffff"), "none") << "not international";
    EXPECT_EQ(number("0191683108108300f0ffffffffff"), "none");
    EXPECT_EQ(number("0c91683108108300f0ffffffffff"), "none");
    EXPECT_EQ(number("0b91683108108300f0ffffffffff"), "+8613800138000");
    EXPECT_EQ(number("0491683108108300f0ffffffffff"), "none") << "no number is so short";
    EXPECT_EQ(base::hex(msisdn_record(base::msisdn::parse("+8613800138000").value(), 0)),
              "0891683108108300f0ffffffffff");
    EXPECT_EQ(base::hex(msisdn_record(base::msisdn::parse("+861380013800").value(), 16)),
              "ffff07916831081083"
              "00ffffffffffff");
}

TEST(saip_content, pins_have_4_to_8_digits) {
    using namespace saip;
    EXPECT_TRUE(pin_bytes("1234"));
    EXPECT_TRUE(pin_bytes("90909090"));
    EXPECT_FALSE(pin_bytes("123456789"));
    EXPECT_FALSE(pin_bytes("123/"));
    EXPECT_FALSE(pin_bytes("123:"));
    EXPECT_EQ(base::hex(*pin_bytes("1234")), "31323334ffffffff");
    EXPECT_EQ(pin_of_bytes(*pin_bytes("12345678")), "12345678");
    EXPECT_EQ(name_for_spn("Keepline"), "Keepline");
    EXPECT_EQ(name_for_spn(""), "");
    EXPECT_EQ(name_for_spn("A\xff"), "A");
    EXPECT_EQ(name_for_spn("Keepline "), "Keepline ") << "what fits stays as it is";
    EXPECT_EQ(name_for_spn("                 x"), "");
}

// -- what the check says, sentence by sentence

namespace {

/// A package of elements, each with its head and what is in it.
class made_package {
 public:
    made_package& header(std::uint64_t major = 2, std::initializer_list<der::tag> services = {0x81, 0x84},
                         std::string_view iccid = "8986001234567890120f",
                         std::string_view templates = "060667810f010201060667810f010204") {
        out_.nested(saip::pe_header, [&] {
            out_.number(major, 0x80).number(1, 0x81).octets(0x83, of_hex(iccid));
            out_.nested(0xa5, [&] {
                for (const auto one : services) out_.octets(one, {});
            });
            out_.element(0xa6, of_hex(templates));
        });
        return *this;
    }
    /// The element with its running number, and its template where it has one.
    made_package& with(der::tag what, std::string_view inside = "", std::string_view oid = "") {
        return numbered(++number_, what, inside, oid);
    }
    made_package& numbered(std::optional<unsigned> number, der::tag what, std::string_view inside = "",
                           std::string_view oid = "", bool mandated = true) {
        out_.nested(what, [&] {
            out_.nested(0xa0, [&] {
                if (mandated) out_.octets(0x80, {});
                if (number) out_.number(*number, 0x81);
            });
            if (!oid.empty()) out_.oid(oid, 0x81);
            out_.raw(of_hex(inside));
        });
        return *this;
    }
    made_package& mf() { return with(saip::pe_mf, "a40c830a986800214365870921f0", "2.23.143.1.2.1"); }
    made_package& usim(std::string_view acc = "0020") {
        return with(saip::pe_usim, "a30b8309084906102143658759b2048302" + std::string(acc), "2.23.143.1.2.4");
    }
    made_package& aka(std::string_view algorithm = "01", std::size_t ki = 16, std::size_t opc = 16) {
        const auto inside = written([&](der::writer& out) {
            out.nested(0xa1, [&] {
                out.nested(0xa1, [&] {
                    out.octets(0x80, of_hex(algorithm)).octets(0x82, bytes(ki, 0x11)).octets(0x83, bytes(opc, 0x22));
                });
            });
        });
        return with(saip::pe_aka, base::hex(inside));
    }
    made_package& end() { return with(saip::pe_end); }

    std::vector<std::string> said() const {
        std::vector<std::string> all;
        for (const auto& one : check_package(out_.view()))
            all.push_back((one.how_bad == gravity::error ? "" : "(") + one.where + ": " + one.words);
        return all;
    }
    bytes view() const { return bytes(out_.view().begin(), out_.view().end()); }

 private:
    der::writer out_;
    unsigned number_ = 0;
};

}  // namespace

TEST(package_check, of_a_package_in_order_says_nothing) {
    using testing::ElementsAre;
    EXPECT_THAT(made_package().header().mf().usim().aka().end().said(), ElementsAre());
    EXPECT_THAT(made_package().header(3).mf().usim().aka("02", 16, 32).end().said(), ElementsAre());
    EXPECT_THAT(made_package().header().mf().usim().aka("02", 32, 32).end().said(), ElementsAre());
    const auto read =
        read_package(made_package().header(3, {0x80, 0x82, 0x9d}).mf().usim().aka("03").end().view()).value();
    EXPECT_EQ(read.services, (std::vector<std::string>{"contactless", "isim", "eaka"}));
    EXPECT_EQ(read.secrets.algorithm, aka_algorithm::test);
    EXPECT_EQ(read_package(made_package().header(2, {0x9e}).view())->services, std::vector<std::string>{});
    EXPECT_EQ(read_package(made_package().header().aka("04").view())->secrets.algorithm, aka_algorithm::none);
    EXPECT_EQ(read_package(made_package().header().with(saip::pe_aka, "a104a0020400").view())->secrets.algorithm,
              aka_algorithm::mapped);
    EXPECT_EQ(read_package(made_package().header().with(0xab).view())->elements,
              (std::vector<std::string>{"header", "?"}));
}

TEST(package_check, of_order_and_numbers_says_what_stands_wrong) {
    using testing::ElementsAre;
    EXPECT_THAT(made_package().mf().header().usim().aka().end().said(),
                ElementsAre("header: The first element is not the header."));
    EXPECT_THAT(made_package().header().mf().usim().end().aka().said(),
                ElementsAre("end: The last element is not the end."));
    EXPECT_THAT(made_package().header().mf().mf().usim().aka().end().said(),
                ElementsAre("mf: The element is there more than once."));
    for (const auto& [what, name] : {std::pair{saip::pe_cd, "cd"}, std::pair{saip::pe_telecom, "telecom"}})
        EXPECT_THAT(made_package()
                        .header()
                        .mf()
                        .with(what, "", "2.23.143.1.2.1")
                        .with(what, "", "2.23.143.1.2.1")
                        .usim()
                        .aka()
                        .end()
                        .said(),
                    ElementsAre(std::string(name) + ": The element is there more than once."));
    EXPECT_THAT(made_package().header().usim().aka().end().said(),
                ElementsAre("mf: There is no master file.", "EF.ICCID: It holds no ICCID."));
    EXPECT_THAT(made_package().header().with(saip::pe_generic_files).usim().aka().end().said(),
                ElementsAre("EF.ICCID: It holds no ICCID."));
    for (const auto& [what, name, base] :
         {std::tuple{saip::pe_opt_usim, "opt-usim", "usim"}, std::tuple{saip::pe_phonebook, "phonebook", "usim"},
          std::tuple{saip::pe_gsm_access, "gsm-access", "usim"}, std::tuple{saip::pe_df_5gs, "df-5gs", "usim"},
          std::tuple{saip::pe_df_saip, "df-saip", "usim"}, std::tuple{saip::pe_opt_isim, "opt-isim", "isim"},
          std::tuple{saip::pe_opt_csim, "opt-csim", "csim"}, std::tuple{saip::pe_opt_iot, "opt-iot", "iot"}}) {
        EXPECT_THAT(made_package().header().mf().with(what, "", "2.23.143.1.2.4").usim().aka().end().said(),
                    ElementsAre(std::string(name) + ": It comes before " + base + ", or without it."));
    }
    EXPECT_THAT(made_package().header().mf().usim().with(saip::pe_opt_usim, "", "2.23.143.1.2.4").aka().end().said(),
                ElementsAre());
    EXPECT_THAT(made_package().header().mf().usim().with(0xab).numbered(70, 0xbf22, "", "", false).aka().end().said(),
                ElementsAre("(tag ab: An unknown element that the eUICC must know.", "(tag bf22: An unknown element."));
    EXPECT_THAT(made_package().header().mf().usim().numbered(std::nullopt, saip::pe_rfm).aka().end().said(),
                ElementsAre("rfm: The element has no identification number."));
    EXPECT_THAT(made_package()
                    .header()
                    .mf()
                    .usim()
                    .numbered(1, saip::pe_rfm)
                    .numbered(1, saip::pe_application)
                    .aka()
                    .end()
                    .said(),
                ElementsAre("rfm: The identification 1 is used twice."))
        << "and is said once";
}

TEST(package_check, of_templates_services_and_versions_says_what_does_not_fit) {
    using testing::ElementsAre;
    EXPECT_THAT(made_package().header().mf().usim().with(saip::pe_cd).aka().end().said(),
                ElementsAre("cd: The element names no file template."));
    EXPECT_THAT(made_package().header().mf().usim().with(saip::pe_cd, "", "2.23.143.1.2.9").aka().end().said(),
                ElementsAre("(cd: Its template 2.23.143.1.2.9 is not in the header's list of templates."));
    EXPECT_THAT(
        made_package().header().mf().usim().numbered(9, saip::pe_cd, "", "2.23.143.1.2.9", false).aka().end().said(),
        ElementsAre())
        << "which it needs only where it is mandated";
    for (const auto& [major, words] : {std::pair{1U, "1.1"}, std::pair{4U, "4.1"}})
        EXPECT_THAT(
            made_package().header(major).mf().usim().aka().end().said(),
            ElementsAre(std::string("(header: Version ") + words + " of the format; this server knows 2 and 3."));
    for (const auto& [service, name] : {std::pair{0x82U, "isim"}, std::pair{0x83U, "csim"}})
        EXPECT_THAT(made_package().header(2, {service}).mf().usim().aka().end().said(),
                    ElementsAre(std::string("header: The service ") + name +
                                " is mandated, but there is no such application."));
    EXPECT_THAT(made_package().header(2, {0x81}).mf().end().said(),
                ElementsAre("header: The service usim is mandated, but there is no such application."));
}

TEST(package_check, of_identities_says_what_does_not_agree) {
    using testing::ElementsAre;
    EXPECT_THAT(made_package().header(2, {}, "ffffffffffffffffffff").mf().usim().aka().end().said(),
                ElementsAre("header: The ICCID is none."));
    EXPECT_THAT(made_package().header(2, {}, "8986001234567890112f").mf().usim().aka().end().said(),
                ElementsAre("EF.ICCID: It is not the ICCID of the header."));
    EXPECT_THAT(made_package().header().with(saip::pe_mf, "", "2.23.143.1.2.1").usim().aka().end().said(),
                ElementsAre("EF.ICCID: It holds no ICCID."));
    EXPECT_THAT(made_package().header().mf().with(saip::pe_usim, "", "2.23.143.1.2.4").aka().end().said(),
                ElementsAre("EF.IMSI: It holds no IMSI."));
    EXPECT_THAT(made_package().header().mf().usim("0040").aka().end().said(),
                ElementsAre("(EF.ACC: The access class is not the one that the IMSI's last digit gives."));
    EXPECT_THAT(made_package().header(2, {}).mf().end().said(), ElementsAre())
        << "without an application there is no IMSI, nor a key";
}

TEST(package_check, of_keys_says_which_do_not_fit_their_algorithm) {
    using testing::ElementsAre;
    const auto said = [](std::string_view algorithm, std::size_t ki, std::size_t opc) {
        return made_package().header().mf().usim().aka(algorithm, ki, opc).end().said();
    };
    EXPECT_THAT(made_package().header().mf().usim().end().said(),
                ElementsAre("akaParameter: There are no keys for the network."));
    EXPECT_THAT(said("03", 16, 16), ElementsAre("(akaParameter: The test algorithm: for test networks only."));
    for (const auto& [ki, opc] : {std::pair{15, 16}, std::pair{17, 16}, std::pair{16, 15}, std::pair{16, 17}})
        EXPECT_THAT(said("01", static_cast<std::size_t>(ki), static_cast<std::size_t>(opc)),
                    ElementsAre("akaParameter: Milenage needs Ki and OPc of 16 bytes."));
    for (const auto& [ki, opc] : {std::pair{15, 32}, std::pair{17, 32}, std::pair{31, 32}, std::pair{33, 32},
                                  std::pair{16, 31}, std::pair{16, 33}})
        EXPECT_THAT(said("02", static_cast<std::size_t>(ki), static_cast<std::size_t>(opc)),
                    ElementsAre("akaParameter: TUAK needs a key of 16 or 32 bytes and TOPc of 32."));
    EXPECT_THAT(made_package().header().mf().usim().with(saip::pe_aka, "a104a0020400").end().said(),
                ElementsAre("akaParameter: It shares keys that no other element has."));
    EXPECT_THAT(made_package().header().mf().usim().with(saip::pe_aka, "a104a0020400").aka().end().said(),
                ElementsAre())
        << "another element has them";
    EXPECT_EQ(read_package(made_package().header().aka("02", 16, 32).aka("01").view())->secrets.algorithm,
              aka_algorithm::tuak)
        << "the first one counts";
}

// SAIP §8.4: a PIN that can be unblocked needs its PUK, defined before.
TEST(package_check, of_codes_says_which_puk_is_missing) {
    using testing::ElementsAre;
    const std::string puk =
                          "a10f300d8001018108"
                          "3131313131313131",
                      pin = "a114a012301080010181083131313131313131820101";
    EXPECT_THAT(
        made_package().header().mf().with(saip::pe_puks, puk).with(saip::pe_pins, pin).usim().aka().end().said(),
        ElementsAre());
    EXPECT_THAT(
        made_package().header().mf().with(saip::pe_pins, pin).with(saip::pe_puks, puk).usim().aka().end().said(),
        ElementsAre("pinCodes: A PIN is unblocked by a PUK that is not defined before it."));
    EXPECT_THAT(made_package()
                    .header()
                    .mf()
                    .with(saip::pe_puks,
                          "a10e300c8001018107"
                          "31313131313131")
                    .usim()
                    .aka()
                    .end()
                    .said(),
                ElementsAre("pukCodes: A value is not 8 bytes long."));
    EXPECT_THAT(made_package()
                    .header()
                    .mf()
                    .with(saip::pe_pins,
                          "a1068204"
                          "3f007ff0")
                    .usim()
                    .aka()
                    .end()
                    .said(),
                ElementsAre())
        << "shared with another directory";
    const auto read = read_package(made_package()
                                       .header()
                                       .with(saip::pe_puks,
                                             "a11e300d8001018108"
                                             "3131313131313131"
                                             "300d80010a8108"
                                             "3232323232323232")
                                       .view())
                          .value();
    EXPECT_EQ(read.secrets.puk1, "11111111");
    EXPECT_EQ(read.secrets.adm1, "") << "a PUK is no administrative key";
}

}  // namespace keepline::rsp
