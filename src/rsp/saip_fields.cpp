#include "rsp/saip_fields.hpp"

namespace keepline::rsp::saip {

namespace {

using base::byte_view;
using base::bytes;

/// Calls `visit` for each element inside; stops where the bytes are none (which `split` has refused before).
template <typename Visit>
void for_each_inside(const der::tlv& element, Visit visit) {
    for (der::reader in(element); !in.at_end();) {
        const auto one = in.next();
        if (!one) return;
        visit(*one);
    }
}

std::optional<std::uint64_t> number_inside(const der::tlv& element, der::tag field) {
    std::optional<std::uint64_t> out;
    for_each_inside(element, [&](const der::tlv& one) {
        if (one.what != field) return;
        if (const auto number = der::unsigned_of(one, "number")) out = *number;
    });
    return out;
}

constexpr der::tag code_reference = 0x80, code_value = 0x81, code_unblocked_by = 0x82;

code_configuration configuration_of(const der::tlv& one, bool puk) {
    code_configuration out;
    out.reference = number_inside(one, code_reference).value_or(0);
    if (!puk) out.unblocked_by = number_inside(one, code_unblocked_by);
    for_each_inside(one, [&](const der::tlv& field) {
        if (field.what == code_value) out.value.assign(field.value.begin(), field.value.end());
    });
    return out;
}

}  // namespace

bytes with_fields(const der::tlv& element, const field_writer& write) {
    der::writer out(element.whole.size() + 64);
    out.nested(element.what, [&] { for_each_inside(element, [&](const der::tlv& field) { write(field, out); }); });
    return std::move(out).take();
}

bytes with_configurations(const element& in,
                          const std::function<std::optional<bytes>(const code_configuration&)>& change) {
    constexpr der::tag codes = 0xa1, pin_list = 0xa0;
    const bool puk = in.raw.what == pe_puks;
    const auto one_configuration = [&](const der::tlv& one, der::writer& out) {
        const auto value = one.what == der::sequence ? change(configuration_of(one, puk)) : std::nullopt;
        if (!value) {
            out.raw(one.whole);
            return;
        }
        out.raw(with_fields(one, [&](const der::tlv& field, der::writer& inner) {
            if (field.what == code_value)
                inner.octets(field.what, *value);
            else
                inner.raw(field.whole);
        }));
    };
    return with_fields(in.raw, [&](const der::tlv& field, der::writer& out) {
        if (field.what != codes) {
            out.raw(field.whole);
        } else if (puk) {
            out.raw(with_fields(field, one_configuration));
        } else {
            out.raw(with_fields(field, [&](const der::tlv& choice, der::writer& inner) {
                if (choice.what == pin_list)
                    inner.raw(with_fields(choice, one_configuration));
                else
                    inner.raw(choice.whole);  // filePath: shared with another directory
            }));
        }
    });
}

bytes with_algorithm(const element& in,
                     const std::function<void(const der::tlv&, std::uint64_t, der::writer&)>& write) {
    constexpr der::tag configuration = 0xa1, algorithm = 0xa1;
    return with_fields(in.raw, [&](const der::tlv& field, der::writer& out) {
        if (field.what != configuration) {
            out.raw(field.whole);
            return;
        }
        out.raw(with_fields(field, [&](const der::tlv& choice, der::writer& inner) {
            if (choice.what == algorithm)
                write(choice, number_inside(choice, algorithm_id_field).value_or(0), inner);
            else
                inner.raw(choice.whole);
        }));
    });
}

bool is_mapped(const element& aka) {
    constexpr der::tag configuration = 0xa1, mapping = 0xa0;
    bool found = false;
    for_each_inside(aka.raw, [&](const der::tlv& field) {
        if (field.what == configuration)
            for_each_inside(field, [&](const der::tlv& choice) { found = found || choice.what == mapping; });
    });
    return found;
}

bytes with_domain_keys(const element& in, const std::function<std::optional<bytes>(std::uint8_t, byte_view)>& change) {
    constexpr der::tag key_list = 0xa2, key_identifier = 0x82, key_data = 0x86;
    const auto one_key = [&](const der::tlv& key, der::writer& out) {
        std::uint8_t identifier = 0;
        for_each_inside(key, [&](const der::tlv& field) {
            if (field.what == key_identifier && field.value.size() == 1) identifier = field.value[0];
        });
        const auto component = [&](const der::tlv& field, der::writer& inner) {
            const auto data = field.what == key_data ? change(identifier, field.value) : std::nullopt;
            if (data)
                inner.octets(key_data, *data);
            else
                inner.raw(field.whole);
        };
        out.raw(with_fields(key, [&](const der::tlv& field, der::writer& inner) {
            if (field.what != der::sequence) {
                inner.raw(field.whole);
                return;
            }
            inner.raw(with_fields(field, [&](const der::tlv& each, der::writer& innermost) {
                innermost.raw(each.constructed() ? with_fields(each, component)
                                                 : bytes(each.whole.begin(), each.whole.end()));
            }));
        }));
    };
    return with_fields(in.raw, [&](const der::tlv& field, der::writer& out) {
        if (field.what == key_list)
            out.raw(with_fields(field, one_key));
        else
            out.raw(field.whole);
    });
}

}  // namespace keepline::rsp::saip
