#include "rsp/saip.hpp"

#include <algorithm>
#include <array>

namespace keepline::rsp::saip {

namespace {

using base::byte_view;
using base::bytes;
using base::result;

struct named_tag {
    der::tag what;
    std::string_view name;
};
constexpr std::array<named_tag, 29> element_names{{{pe_header, "header"},
                                                   {pe_generic_files, "genericFileManagement"},
                                                   {pe_pins, "pinCodes"},
                                                   {pe_puks, "pukCodes"},
                                                   {pe_aka, "akaParameter"},
                                                   {pe_cdma, "cdmaParameter"},
                                                   {pe_security_domain, "securityDomain"},
                                                   {pe_rfm, "rfm"},
                                                   {pe_application, "application"},
                                                   {pe_non_standard, "nonStandard"},
                                                   {pe_end, "end"},
                                                   {pe_mf, "mf"},
                                                   {pe_cd, "cd"},
                                                   {pe_telecom, "telecom"},
                                                   {pe_usim, "usim"},
                                                   {pe_opt_usim, "opt-usim"},
                                                   {pe_isim, "isim"},
                                                   {pe_opt_isim, "opt-isim"},
                                                   {pe_phonebook, "phonebook"},
                                                   {pe_gsm_access, "gsm-access"},
                                                   {pe_csim, "csim"},
                                                   {pe_opt_csim, "opt-csim"},
                                                   {pe_eap, "eap"},
                                                   {pe_df_5gs, "df-5gs"},
                                                   {pe_df_saip, "df-saip"},
                                                   {pe_df_snpn, "df-snpn"},
                                                   {pe_df_5gprose, "df-5gprose"},
                                                   {pe_iot, "iot"},
                                                   {pe_opt_iot, "opt-iot"}}};

// File: SEQUENCE OF CHOICE.
constexpr der::tag file_descriptor = 0xa1, fill_offset = 0x82, fill_content = 0x83, do_not_create = 0x80;
// FileManagement: some alternatives carry tags, so the others keep their universal ones.
constexpr der::tag gfm_create = 0x62, gfm_offset = 0x02, gfm_content = 0x81;
// Fcp and ProprietaryInfo.
constexpr der::tag fcp_descriptor = 0x82, fcp_file_id = 0x83, fcp_size = 0x80, fcp_proprietary = 0xa5, fcp_link = 0xc7;
constexpr der::tag pattern_fill = 0xc1, pattern_repeat = 0xc2;

constexpr std::size_t file_max_bytes = 4'096;  // none of the known files is larger in life

/// Where a known file stands in its element, its id, and its size where the template alone says it (SAIP annex A).
struct known_file {
    file_kind kind;
    der::tag element;
    der::tag field;
    std::uint16_t file_id;
    std::size_t size;
    std::size_t record;
};
constexpr std::array<known_file, 16> known_files{{{file_kind::iccid, pe_mf, 0xa4, 0x2fe2, 10, 0},
                                                  {file_kind::imsi, pe_usim, 0xa3, 0x6f07, 9, 0},
                                                  {file_kind::spn, pe_usim, 0xad, 0x6f46, 17, 0},
                                                  {file_kind::acc, pe_usim, 0xb2, 0x6f78, 2, 0},
                                                  {file_kind::ad, pe_usim, 0xb5, 0x6fad, 4, 0},
                                                  {file_kind::gid1, pe_opt_usim, 0xa5, 0x6f3e, 8, 0},
                                                  {file_kind::gid2, pe_opt_usim, 0xa6, 0x6f3f, 8, 0},
                                                  {file_kind::msisdn, pe_opt_usim, 0xa7, 0x6f40, 24, 24},
                                                  {file_kind::impi, pe_isim, 0xa3, 0x6f02, 0, 0},
                                                  {file_kind::impu, pe_isim, 0xa4, 0x6f04, 0, 0},
                                                  {file_kind::domain, pe_isim, 0xa5, 0x6f03, 0, 0},
                                                  {file_kind::iccid, pe_iot, 0xa4, 0x2fe2, 10, 0},
                                                  {file_kind::imsi, pe_iot, 0xa9, 0x6f07, 9, 0},
                                                  {file_kind::acc, pe_iot, 0xb2, 0x6f78, 2, 0},
                                                  {file_kind::ad, pe_iot, 0xb5, 0x6fad, 4, 0},
                                                  {file_kind::spn, pe_opt_iot, 0xa6, 0x6f46, 17, 0}}};

/// What an Fcp says of the content that a file will have.
struct geometry {
    std::uint16_t file_id = 0;
    std::optional<std::size_t> size;
    std::size_t record = 0;
    bool link = false;
    bytes pattern;
    bool repeats = false;
};

result<std::size_t> small_number(byte_view value) {
    if (value.size() > 3) return base::refuse(base::code::malformed, "SAIP: a number is too large.");
    std::size_t out = 0;
    for (const auto byte : value) out = out << 8 | byte;
    return out;
}

result<geometry> geometry_of(const der::tlv& fcp) {
    geometry out;
    for (der::reader in(fcp); !in.at_end();) {
        TRY(one, in.next());
        if (one.what == fcp_file_id && one.value.size() == 2)
            out.file_id = static_cast<std::uint16_t>(one.value[0] << 8 | one.value[1]);
        if (one.what == fcp_descriptor && one.value.size() == 4)
            out.record = static_cast<std::size_t>(one.value[2] << 8 | one.value[3]);
        if (one.what == fcp_link) out.link = true;
        if (one.what == fcp_size) {
            TRY(size, small_number(one.value));
            out.size = size;
        }
        if (one.what != fcp_proprietary) continue;
        for (der::reader info(one); !info.at_end();) {
            TRY(part, info.next());
            if (part.what != pattern_fill && part.what != pattern_repeat) continue;
            out.pattern.assign(part.value.begin(), part.value.end());
            out.repeats = part.what == pattern_repeat;
        }
    }
    return out;
}

/// One file while its commands are read: where the next content goes, and what is there.
class filling {
 public:
    filling(const known_file& what, const geometry& shape) : shape_(shape) {
        out_.kind = what.kind;
        out_.record = shape.record != 0 ? shape.record : what.record;
        fixed_ = shape.size.has_value() || what.size != 0;
        size_ = std::min(shape.size.value_or(what.size), file_max_bytes);
        out_.content.resize(size_);
        for (std::size_t i = 0; i < size_; ++i) out_.content[i] = initial(i);
    }

    result<void> skip(byte_view offset) {
        TRY(count, small_number(offset));
        at_ += count;
        return at_ <= file_max_bytes ? result<void>{} : too_large();
    }

    result<void> write(byte_view content) {
        if (at_ + content.size() > (fixed_ ? size_ : file_max_bytes)) return too_large();
        if (at_ + content.size() > out_.content.size()) out_.content.resize(at_ + content.size(), 0xff);
        std::ranges::copy(content, out_.content.begin() + static_cast<std::ptrdiff_t>(at_));
        at_ += content.size();
        return {};
    }

    const file& done() const { return out_; }
    bool is_link() const { return shape_.link; }

 private:
    static result<void> too_large() {
        return base::refuse(base::code::malformed, "SAIP: a file is filled past its end.");
    }
    std::uint8_t initial(std::size_t at) const {
        if (shape_.pattern.empty()) return 0xff;
        if (shape_.repeats) return shape_.pattern[at % shape_.pattern.size()];
        return shape_.pattern[std::min(at, shape_.pattern.size() - 1)];  // the last byte fills the rest (TS 102 222)
    }

    geometry shape_;
    file out_;
    std::size_t size_ = 0;
    bool fixed_ = false;
    std::size_t at_ = 0;
};

/// The changed content, checked; nullopt: leave it.
result<std::optional<bytes>> changed(const filling& what, const file_change& change) {
    if (what.is_link()) return std::optional<bytes>{};
    auto content = change(what.done());
    if (content && what.done().size() != 0 && content->size() > what.done().size())
        return base::refuse(base::code::invalid, "SAIP: what a file is to hold does not fit into it.");
    return content;
}

/// A File of a template element: its tag, the descriptor as it was, and the new content.
result<bytes> change_template_file(const der::tlv& field, const known_file& what, const file_change& change) {
    bytes unchanged(field.whole.begin(), field.whole.end());
    geometry shape;
    byte_view descriptor;
    for (der::reader in(field); !in.at_end();) {
        TRY(one, in.next());
        if (one.what == do_not_create) return unchanged;
        if (one.what != file_descriptor) continue;
        descriptor = one.whole;
        TRY(read, geometry_of(one));
        shape = std::move(read);
    }
    filling content(what, shape);
    for (der::reader in(field); !in.at_end();) {
        TRY(one, in.next());
        if (one.what == fill_offset) CHECK(content.skip(one.value));
        if (one.what == fill_content) CHECK(content.write(one.value));
    }
    TRY(replacement, changed(content, change));
    if (!replacement) return unchanged;
    der::writer out;
    out.nested(field.what, [&] { out.raw(descriptor).octets(fill_content, *replacement); });
    return std::move(out).take();
}

const known_file* created_file(const geometry& shape) {
    const auto found = std::ranges::find(known_files, shape.file_id, &known_file::file_id);
    // IMPI, IMPU and DOMAIN share their ids with files of other applications.
    return found == known_files.end() || found->element == pe_isim ? nullptr : &*found;
}

/// One FileManagement: a list of commands, in which content follows the creation of its file.
result<void> change_commands(der::reader in, der::writer& out, const file_change& change) {
    while (!in.at_end()) {
        TRY(one, in.next());
        out.raw(one.whole);
        if (one.what != gfm_create) continue;
        TRY(shape, geometry_of(one));
        const auto* what = created_file(shape);
        if (what == nullptr) continue;
        filling content(*what, shape);
        der::writer as_it_was;
        while (!in.at_end()) {
            auto ahead = in;
            TRY(fill, ahead.next());
            if (fill.what == gfm_offset) {
                CHECK(content.skip(fill.value));
            } else if (fill.what == gfm_content) {
                CHECK(content.write(fill.value));
            } else {
                break;
            }
            as_it_was.raw(fill.whole);
            in = ahead;
        }
        TRY(replacement, changed(content, change));
        if (replacement)
            out.octets(gfm_content, *replacement);
        else
            out.raw(as_it_was.view());
    }
    return {};
}

result<bytes> change_generic_files(const element& in, const file_change& change) {
    constexpr der::tag commands = 0xa1;
    der::writer out;
    result<void> failure;
    out.nested(in.raw.what, [&] {
        for (der::reader fields(in.raw); failure && !fields.at_end();) {
            auto field = fields.next();
            if (!field) {
                failure = std::unexpected(field.error());
            } else if (field->what != commands) {
                out.raw(field->whole);
            } else {
                out.nested(commands, [&] {
                    for (der::reader lists(*field); failure && !lists.at_end();) {
                        auto list = lists.next();
                        if (!list)
                            failure = std::unexpected(list.error());
                        else
                            out.nested(list->what, [&] { failure = change_commands(der::reader(*list), out, change); });
                    }
                });
            }
        }
    });
    if (!failure) return std::unexpected(failure.error());
    return std::move(out).take();
}

result<void> read_element_header(element& out) {
    constexpr der::tag header = 0xa0, mandated = 0x80, identification = 0x81, template_id = 0x81;
    if (out.raw.what == pe_header) return {};
    der::reader fields(out.raw);
    TRY(first, fields.maybe(header));
    if (!first) return {};
    for (der::reader in(*first); !in.at_end();) {
        TRY(one, in.next());
        if (one.what == mandated) out.mandated = true;
        if (one.what == identification) {
            TRY(number, der::unsigned_of(one, "identification"));
            out.identification = static_cast<std::uint32_t>(std::min<std::uint64_t>(number, 0xffff));
        }
    }
    if (out.raw.what < pe_mf) return {};
    TRY(second, fields.maybe(template_id));
    if (second) out.template_oid = der::oid_text(second->value);
    return {};
}

}  // namespace

std::string_view element_name(der::tag what) {
    const auto found = std::ranges::find(element_names, what, &named_tag::what);
    return found == element_names.end() ? std::string_view{} : found->name;
}

result<std::vector<element>> split(byte_view package) {
    if (package.empty()) return base::refuse(base::code::malformed, "The profile package is empty.");
    if (package.size() > package_max_bytes)
        return base::refuse(base::code::too_large, "The profile package is larger than 512 KB.");
    std::vector<element> out;
    for (der::reader in(package); !in.at_end();) {
        TRY(raw, in.next());
        if (out.size() == max_elements)
            return base::refuse(base::code::too_large, "The profile package has more than 256 elements.");
        if (!raw.constructed() || !der::well_formed(raw.value))
            return base::refuse(base::code::malformed, "Element " + std::to_string(out.size() + 1) + " is not DER.");
        auto& one = out.emplace_back();
        one.raw = raw;
        CHECK(read_element_header(one));
    }
    return out;
}

result<bytes> change_files(const element& in, const file_change& change) {
    if (in.raw.what == pe_generic_files) return change_generic_files(in, change);
    if (in.raw.what < pe_mf) return bytes(in.raw.whole.begin(), in.raw.whole.end());
    bytes fields;
    for (der::reader reader(in.raw); !reader.at_end();) {
        TRY(field, reader.next());
        const auto found = std::ranges::find_if(
            known_files, [&](const known_file& one) { return one.element == in.raw.what && one.field == field.what; });
        if (found == known_files.end()) {
            fields.insert(fields.end(), field.whole.begin(), field.whole.end());
            continue;
        }
        TRY(encoded, change_template_file(field, *found, change));
        fields.insert(fields.end(), encoded.begin(), encoded.end());
    }
    der::writer out;
    out.element(in.raw.what, fields);
    return std::move(out).take();
}

result<std::vector<file>> files_of(const element& in) {
    std::vector<file> out;
    CHECK(change_files(in, [&](const file& one) -> std::optional<bytes> {
        out.push_back(one);
        return std::nullopt;
    }));
    return out;
}

}  // namespace keepline::rsp::saip
