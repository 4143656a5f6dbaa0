#include "rsp/profile_package.hpp"

#include "base/ensure.hpp"
#include "base/utf8.hpp"
#include "rsp/milenage.hpp"
#include "rsp/saip.hpp"
#include "rsp/saip_content.hpp"
#include "rsp/saip_fields.hpp"
#include "rsp/tuak.hpp"

#include <algorithm>
#include <mutex>

namespace keepline::rsp {

namespace {

using base::byte_view;
using base::bytes;
using base::code;
using base::refuse;
using base::result;
using saip::file_kind;

/// A value read from hex; an empty text gives no bytes.
result<bytes> secret_bytes(const std::string& hex, std::string_view name, std::initializer_list<std::size_t> sizes) {
    auto out = base::from_hex(hex);
    if (!out || (!out->empty() && std::ranges::find(sizes, out->size()) == sizes.end()))
        return refuse(code::invalid, "The " + std::string(name) + " is not hexadecimal of the right length.");
    return std::move(*out);
}

/// The values that differ from profile to profile, in the bytes that a card keeps.
enum class slot : std::uint8_t {
    header_iccid,
    ef_iccid,
    imsi,
    acc,
    spn,
    msisdn,  // the end of a record, behind the name
    pin1,
    pin2,
    puk1,
    puk2,
    adm1,
    ki,
    opc,
    kic,
    kid,
    kik
};
constexpr std::array<std::uint8_t, 16> slot_sizes{10, 10, 9, 2, 17, 14, 8, 8, 8, 8, 8, 32, 32, 16, 16, 16};
constexpr std::size_t msisdn_bytes = slot_sizes[static_cast<std::size_t>(slot::msisdn)];

constexpr std::size_t place_of(slot which) {
    std::size_t out = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(which); ++i) out += slot_sizes[i];
    return out;
}
constexpr std::size_t all_slots = place_of(slot::kik) + slot_sizes.back();

/// All of them, one behind the other; wiped at the end.
struct card_values {
    base::byte_array<all_slots> all{};
    std::array<std::uint8_t, slot_sizes.size()> sizes{};  // 0: what the template has stays
    std::uint32_t unfit = 0;  // bits of slots whose value no card takes, or reads as another

    card_values() = default;
    card_values(const card_values&) = default;
    card_values(card_values&&) = default;
    card_values& operator=(const card_values&) = default;
    card_values& operator=(card_values&&) = default;
    ~card_values() { wipe(all); }

    byte_view at(slot which) const { return byte_view(all).subspan(place_of(which), size_of(which)); }
    std::uint8_t size_of(slot which) const { return sizes[static_cast<std::size_t>(which)]; }
    bool is_unfit(slot which) const { return (unfit >> static_cast<unsigned>(which) & 1U) != 0; }
    void put(slot which, byte_view value) {
        ENSURE(value.size() <= slot_sizes[static_cast<std::size_t>(which)]);
        std::ranges::copy(value, all.begin() + place_of(which));
        sizes[static_cast<std::size_t>(which)] = static_cast<std::uint8_t>(value.size());
    }
    void refuse(slot which) { unfit |= 1U << static_cast<unsigned>(which); }
};

bytes copy_of(byte_view value) { return {value.begin(), value.end()}; }

/// What a template had a place for.
struct places_found {
    bool iccid = false, imsi = false, keys = false, msisdn = false, spn = false, ota = false;
};

/// A package while it is filled. Where a value goes, and what else there is, never depends on its bytes, only on how
/// many there are: package_template relies on it.
struct filling_in {
    const profile_data& data;  // of it: MNC digits, type and group ids; the rest is in `values`
    aka_algorithm algorithm = aka_algorithm::milenage;
    const card_values& values;
    places_found wrote{};
    std::optional<base::error> failure{};

    void fail(std::string words) {
        if (!failure) failure = base::error{code::invalid, std::move(words)};
    }
};

bytes padded(bytes content, std::size_t size) {
    content.resize(std::max(size, content.size()), 0xff);
    return content;
}

std::optional<bytes> content_for(filling_in& all, const saip::file& file) {
    const auto& data = all.data;
    const auto& values = all.values;
    switch (file.kind) {
        case file_kind::iccid: all.wrote.iccid = true; return copy_of(values.at(slot::ef_iccid));
        case file_kind::imsi: all.wrote.imsi = true; return copy_of(values.at(slot::imsi));
        case file_kind::acc: return copy_of(values.at(slot::acc));
        case file_kind::ad: {
            auto content = padded(file.content, 4);
            content[3] = static_cast<std::uint8_t>((content[3] & 0xf0) | data.mnc_digits);
            return content;
        }
        case file_kind::spn: {
            if (values.is_unfit(slot::spn)) all.fail("The provider's name is not UTF-8.");
            if (values.size_of(slot::spn) == 0) return std::nullopt;
            all.wrote.spn = true;
            return copy_of(values.at(slot::spn));
        }
        case file_kind::msisdn: {
            const auto number = values.at(slot::msisdn);
            if (number.empty() || file.size() < msisdn_bytes || (file.record != 0 && file.record < msisdn_bytes))
                return std::nullopt;
            all.wrote.msisdn = true;
            auto content = file.content;
            bytes first((file.record != 0 ? file.record : file.size()) - msisdn_bytes, 0xff);
            first.insert(first.end(), number.begin(), number.end());
            std::copy_n(first.begin(), std::min(first.size(), content.size()), content.begin());
            return content;
        }
        case file_kind::gid1:
        case file_kind::gid2: {
            const auto& gid = file.kind == file_kind::gid1 ? data.gid1 : data.gid2;
            return gid.empty() ? std::nullopt : std::optional(padded(gid, file.size()));
        }
        case file_kind::impi:
        case file_kind::impu:
        case file_kind::domain: return std::nullopt;  // the phone derives them from the IMSI (TS 23.003 §13)
    }
    return std::nullopt;
}

bytes fill_header(const filling_in& all, const saip::element& in) {
    return saip::with_fields(in.raw, [&](const der::tlv& field, der::writer& out) {
        if (field.what == saip::header_iccid_field)
            out.octets(field.what, all.values.at(slot::header_iccid));
        else if (field.what == saip::header_type_field && !all.data.profile_type.empty())
            out.text(field.what, all.data.profile_type);
        else
            out.raw(field.whole);
    });
}

/// PINs and PUKs: by the key reference of their configuration (TS 102 221 §9.5.1).
std::optional<slot> slot_for(bool puk, std::uint64_t reference) {
    if (reference == 0x01) return puk ? slot::puk1 : slot::pin1;
    if (reference == 0x81) return puk ? slot::puk2 : slot::pin2;
    return reference == 0x0a && !puk ? std::optional(slot::adm1) : std::nullopt;
}

bytes fill_codes(filling_in& all, const saip::element& in) {
    const bool puk = in.raw.what == saip::pe_puks;
    return saip::with_configurations(in, [&](const saip::code_configuration& one) -> std::optional<bytes> {
        const auto which = slot_for(puk, one.reference);
        if (which && all.values.is_unfit(*which)) all.fail("A PIN has 4 to 8 digits, a PUK 8.");
        if (!which || all.values.size_of(*which) == 0) return std::nullopt;
        return copy_of(all.values.at(*which));
    });
}

bytes fill_keys(filling_in& all, const saip::element& in) {
    return saip::with_algorithm(in, [&](const der::tlv& parameter, std::uint64_t algorithm, der::writer& out) {
        const bool tuak = all.algorithm == aka_algorithm::tuak;
        const std::uint64_t wanted = tuak ? saip::algorithm_tuak : saip::algorithm_milenage;
        if (algorithm != wanted && algorithm != saip::algorithm_test) {
            all.fail(tuak ? "The template is for Milenage, the keys are for TUAK."
                          : "The template is for another algorithm than Milenage.");
            out.raw(parameter.whole);
            return;
        }
        all.wrote.keys = true;
        out.raw(saip::with_fields(parameter, [&](const der::tlv& field, der::writer& inner) {
            if (field.what == saip::algorithm_id_field)
                inner.number(wanted, field.what);
            else if (field.what == saip::algorithm_key_field)
                inner.octets(field.what, all.values.at(slot::ki));
            else if (field.what == saip::algorithm_opc_field)
                inner.octets(field.what, all.values.at(slot::opc));
            else
                inner.raw(field.whole);
        }));
    });
}

/// The first security domain is the operator's; its keys 1, 2 and 3 are KIC, KID and KIK.
bytes fill_security_domain(filling_in& all, const saip::element& in) {
    if (all.wrote.ota) return copy_of(in.raw.whole);
    all.wrote.ota = true;
    return saip::with_domain_keys(in, [&](std::uint8_t identifier, byte_view data) -> std::optional<bytes> {
        if (identifier < 1 || identifier > 3 || data.size() != 16) return std::nullopt;
        constexpr std::array keys{slot::kic, slot::kid, slot::kik};
        const auto key = all.values.at(keys[identifier - 1u]);
        return key.empty() ? std::nullopt : std::optional(copy_of(key));
    });
}

result<bytes> fill_element(filling_in& all, const saip::element& one) {
    switch (one.raw.what) {
        case saip::pe_header: return fill_header(all, one);
        case saip::pe_pins:
        case saip::pe_puks: return fill_codes(all, one);
        case saip::pe_aka: return fill_keys(all, one);
        case saip::pe_security_domain: return fill_security_domain(all, one);
        default: return saip::change_files(one, [&](const saip::file& file) { return content_for(all, file); });
    }
}

/// A key from hex: kept, and its text's bytes wiped.
result<void> put_key(card_values& into, slot which, const std::string& hex, std::string_view name,
                     std::initializer_list<std::size_t> sizes) {
    TRY(key, secret_bytes(hex, name, sizes));
    into.put(which, key);
    wipe(key);
    return {};
}

void put_code(card_values& into, slot which, std::string_view digits) {
    if (digits.empty()) return;
    const bool puk = which == slot::puk1 || which == slot::puk2;
    const auto encoded = saip::pin_bytes(digits);
    if (!encoded || (puk && digits.size() != 8)) return into.refuse(which);
    into.put(which, *encoded);
}

void put_names(card_values& into, const profile_data& data) {
    into.put(slot::header_iccid, saip::header_iccid(data.iccid));
    into.put(slot::ef_iccid, saip::ef_iccid(data.iccid));
    into.put(slot::imsi, saip::ef_imsi(data.imsi));
    into.put(slot::acc, saip::ef_acc(data.imsi));
    if (saip::iccid_of_header(into.at(slot::header_iccid)) != data.iccid) into.refuse(slot::header_iccid);
    if (saip::iccid_of_ef(into.at(slot::ef_iccid)) != data.iccid) into.refuse(slot::ef_iccid);
    if (saip::imsi_of_ef(into.at(slot::imsi)) != data.imsi) into.refuse(slot::imsi);
    if (!data.msisdn.empty()) into.put(slot::msisdn, saip::msisdn_record(data.msisdn, msisdn_bytes));
    if (data.provider_name.empty()) return;
    if (!base::is_utf8(data.provider_name)) into.refuse(slot::spn);
    if (const auto name = saip::ef_spn(saip::name_for_spn(data.provider_name), data.show_provider_at_home))
        into.put(slot::spn, *name);
}

result<card_values> values_of(const profile_data& data, const profile_secrets& secrets) {
    if (data.iccid.empty() || data.imsi.empty()) return refuse(code::invalid, "A profile needs an ICCID and an IMSI.");
    if (data.mnc_digits != 2 && data.mnc_digits != 3) return refuse(code::invalid, "An MNC has 2 or 3 digits.");
    if (data.profile_type.size() > 100 || !base::is_utf8(data.profile_type))
        return refuse(code::invalid, "The profile type is text of at most 100 bytes.");
    const bool tuak = secrets.algorithm == aka_algorithm::tuak;
    if (!tuak && secrets.algorithm != aka_algorithm::milenage)
        return refuse(code::invalid, "A profile is personalised for Milenage or TUAK.");
    card_values out;
    CHECK(put_key(out, slot::ki, secrets.ki, "key Ki", {16, tuak ? std::size_t{32} : std::size_t{16}}));
    CHECK(put_key(out, slot::opc, secrets.opc, "operator's key", {tuak ? std::size_t{32} : std::size_t{16}}));
    if (out.size_of(slot::ki) == 0 || out.size_of(slot::opc) == 0)
        return refuse(code::invalid, "A profile needs Ki and OPc (or TOPc).");
    CHECK(put_key(out, slot::kic, secrets.kic, "over-the-air key", {16}));
    CHECK(put_key(out, slot::kid, secrets.kid, "over-the-air key", {16}));
    CHECK(put_key(out, slot::kik, secrets.kik, "over-the-air key", {16}));
    put_code(out, slot::pin1, secrets.pin1);
    put_code(out, slot::pin2, secrets.pin2);
    put_code(out, slot::puk1, secrets.puk1);
    put_code(out, slot::puk2, secrets.puk2);
    put_code(out, slot::adm1, secrets.adm1);
    put_names(out, data);
    return out;
}

struct filled {
    bytes package;
    places_found wrote;
};

result<filled> fill(byte_view package_template, const profile_data& data, aka_algorithm algorithm,
                    const card_values& values) {
    TRY(elements, saip::split(package_template));
    filling_in all{.data = data, .algorithm = algorithm, .values = values};
    filled out;
    out.package.reserve(package_template.size() + 512);
    for (const auto& one : elements) {
        TRY(encoded, fill_element(all, one));
        if (all.failure) return std::unexpected(*all.failure);
        out.package.insert(out.package.end(), encoded.begin(), encoded.end());
        wipe(encoded);
    }
    out.wrote = all.wrote;
    if (elements.front().raw.what != saip::pe_header)
        return refuse(code::invalid, "The template does not begin with a header.");
    if (!out.wrote.iccid) return refuse(code::invalid, "The template has no EF.ICCID.");
    if (!out.wrote.imsi) return refuse(code::invalid, "The template has no EF.IMSI.");
    if (!out.wrote.keys) return refuse(code::invalid, "The template has no akaParameter for keys of its own.");
    return out;
}

result<filled> fill_and_read(byte_view package_template, const profile_data& data, aka_algorithm algorithm,
                             const card_values& values) {
    TRY(out, fill(package_template, data, algorithm, values));
    // What was written is read again: a template may have files of sizes that hold something else then.
    TRY(read, read_package(out.package));
    if (read.iccid != data.iccid || read.ef_iccid != data.iccid || read.imsi != data.imsi ||
        read.secrets.ki != base::hex(values.at(slot::ki)))
        return refuse(code::invalid,
                      "The template's header, EF.ICCID, EF.IMSI or keys have another form than this server writes.");
    return out;
}

std::vector<finding> remarks_on(const places_found& wrote, const profile_data& data, const profile_secrets& secrets) {
    std::vector<finding> out;
    const auto warn = [&](const char* where, const char* words) { out.push_back({gravity::warning, where, words}); };
    if (!data.msisdn.empty() && !wrote.msisdn) warn("EF.MSISDN", "The template has no place for the number.");
    if (!data.provider_name.empty() && !wrote.spn) warn("EF.SPN", "The template has no place for the provider's name.");
    if (wrote.spn && saip::name_for_spn(data.provider_name) != data.provider_name)
        warn("EF.SPN",
             "The provider's name is too long for it (16 letters, or 7 where one is not of the GSM "
             "alphabet) and is cut there; the metadata has it whole.");
    if (!secrets.kic.empty() && !wrote.ota) warn("securityDomain", "The template has no place for over-the-air keys.");
    return out;
}

/// What decides, with a template, where values go in a package and what stands around them.
struct form {
    std::array<std::uint8_t, slot_sizes.size()> sizes{};
    aka_algorithm algorithm{};
    unsigned mnc_digits = 0;
    std::string profile_type;
    bytes gid1, gid2;
    bool operator==(const form&) const = default;
};

struct patch {
    std::size_t at = 0;  // in the package
    std::size_t from = 0;
    std::size_t count = 0;
};

/// A package of one form without its values, and where they go.
struct patch_list {
    form of;
    bool usable = false;
    bytes blank;
    std::vector<patch> patches;
    places_found wrote;

    bytes with(const card_values& values) const {
        bytes out = blank;
        for (const auto& one : patches)
            std::copy_n(values.all.begin() + one.from, one.count, out.begin() + static_cast<std::ptrdiff_t>(one.at));
        return out;
    }
};

/// Every byte of a package is one of the template or of a value. Which one is seen when the package is filled once with
/// zeros and once with values whose bytes say where they stand.
patch_list patches_for(byte_view package_template, form of, const profile_data& data, const card_values& values,
                       const filled& whole) {
    static_assert(all_slots < 0xff);
    patch_list out{.of = std::move(of), .blank = {}, .patches = {}, .wrote = whole.wrote};
    const auto filled_with = [&](auto byte_at) -> bytes {
        auto named = values;
        for (std::size_t i = 0; i < all_slots; ++i) named.all[i] = static_cast<std::uint8_t>(byte_at(i));
        auto made = fill(package_template, data, out.of.algorithm, named);
        return made && made->package.size() == whole.package.size() ? std::move(made->package) : bytes();
    };
    out.blank = filled_with([](std::size_t) { return 0; });
    const auto named = filled_with([](std::size_t i) { return i + 1; });
    if (out.blank.empty() || named.empty()) return out;
    for (std::size_t at = 0; at < named.size(); ++at) {
        if (named[at] == out.blank[at]) continue;
        if (out.blank[at] != 0) return out;
        const std::size_t from = named[at] - 1u;
        auto& all = out.patches;
        if (!all.empty() && all.back().at + all.back().count == at && all.back().from + all.back().count == from)
            ++all.back().count;
        else
            all.push_back({at, from, 1});
    }
    out.usable = out.with(values) == whole.package;
    return out;
}

}  // namespace

result<profile_secrets> draw_secrets(random_source& random, aka_algorithm algorithm, byte_view operator_key,
                                     unsigned keccak_iterations) {
    profile_secrets out;
    out.algorithm = algorithm;
    const auto drawn = [&] {
        milenage_key key{};
        random.fill(key);
        return key;
    };
    const auto digits = [&](std::size_t count) {
        std::string text;
        while (text.size() < count) {
            std::array<std::uint8_t, 1> byte{};
            random.fill(byte);
            if (byte[0] < 250) text += static_cast<char>('0' + byte[0] % 10);  // each digit as likely as the others
        }
        return text;
    };
    auto ki = drawn();
    if (algorithm == aka_algorithm::milenage && operator_key.size() == 16) {
        milenage_key op{};
        std::ranges::copy(operator_key, op.begin());
        out.opc = base::hex(opc(ki, op));
    } else if (algorithm == aka_algorithm::tuak && operator_key.size() == 32) {
        tuak_operator_key top{};
        std::ranges::copy(operator_key, top.begin());
        TRY(derived, topc(ki, top, keccak_iterations));
        out.opc = base::hex(derived);
    } else {
        return refuse(code::invalid, "Milenage wants an operator's key of 16 bytes, TUAK one of 32.");
    }
    out.ki = base::hex(ki);
    wipe(ki);
    out.pin1 = "0000";  // not asked for until the owner turns it on (TS 102 221 §9.5.1)
    out.pin2 = digits(4);
    out.puk1 = digits(8);
    out.puk2 = digits(8);
    out.adm1 = digits(8);
    out.kic = base::hex(drawn());
    out.kid = base::hex(drawn());
    out.kik = base::hex(drawn());
    return out;
}

result<personalised> personalise(byte_view package_template, const profile_data& data, const profile_secrets& secrets) {
    TRY(values, values_of(data, secrets));
    TRY(made, fill_and_read(package_template, data, secrets.algorithm, values));
    return personalised{std::move(made.package), remarks_on(made.wrote, data, secrets)};
}

// ------------------------------------------------------------------------------------------------ many of one template

struct package_template::inner {
    explicit inner(bytes of) : raw(std::move(of)) {}

    std::shared_ptr<const patch_list> list_for(const form& of) {
        const std::scoped_lock held(mutex);
        const auto found = std::ranges::find_if(lists, [&](const auto& one) { return one->of == of; });
        return found == lists.end() ? nullptr : *found;
    }
    bool has_room() {
        const std::scoped_lock held(mutex);
        return lists.size() < forms_max;
    }
    void keep(patch_list one) {
        const std::scoped_lock held(mutex);
        const bool known = std::ranges::any_of(lists, [&](const auto& other) { return other->of == one.of; });
        if (!known && lists.size() < forms_max) lists.push_back(std::make_shared<const patch_list>(std::move(one)));
    }

    const bytes raw;
    std::mutex mutex;
    std::vector<std::shared_ptr<const patch_list>> lists;
};

package_template::package_template(bytes of) : inner_(std::make_shared<inner>(std::move(of))) {}

byte_view package_template::view() const { return inner_->raw; }

std::size_t package_template::forms() const {
    const std::scoped_lock held(inner_->mutex);
    return static_cast<std::size_t>(std::ranges::count_if(inner_->lists, [](const auto& one) { return one->usable; }));
}

result<personalised> package_template::personalise(const profile_data& data, const profile_secrets& secrets) const {
    TRY(values, values_of(data, secrets));
    form of{values.sizes, secrets.algorithm, data.mnc_digits, data.profile_type, data.gid1, data.gid2};
    const auto list = values.unfit == 0 ? inner_->list_for(of) : nullptr;
    if (list && list->usable) return personalised{list->with(values), remarks_on(list->wrote, data, secrets)};
    TRY(made, fill_and_read(inner_->raw, data, secrets.algorithm, values));
    if (!list && values.unfit == 0 && inner_->has_room())
        inner_->keep(patches_for(inner_->raw, std::move(of), data, values, made));
    return personalised{std::move(made.package), remarks_on(made.wrote, data, secrets)};
}

}  // namespace keepline::rsp
