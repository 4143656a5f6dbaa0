#include "desk/sign_in_name.hpp"

#include "base/ensure.hpp"

#include <algorithm>

namespace keepline::desk {

namespace {
namespace naming_sign_ins {

// A tag over the plain text is also what the pad is made from, as in RFC 5297 (SIV): no nonce to be used twice.
constexpr std::size_t tag_characters = 32;  // 128 bits
constexpr std::size_t digits_max = 15;
constexpr std::size_t plain_size = 1 + digits_max + sign_in_nonce_size;
static_assert(plain_size == sizeof(base::digest));
constexpr std::size_t text_size = tag_characters + 2 * plain_size;

std::string padded(const std::string& pad_hex, std::string_view text) {
    const auto pad = base::from_hex(pad_hex);
    ENSURE(pad && pad->size() == text.size());
    std::string out(text);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<char>(static_cast<std::uint8_t>(out[i]) ^ (*pad)[i]);
    return out;
}

std::string plain_of(const sign_in_name& name) {
    std::string out(1, name.way == domain::sign_in_way::line ? 'l' : 'm');
    out += name.number.text().substr(1);  // after the plus
    out.resize(1 + digits_max, ' ');
    out += name.nonce;
    ENSURE(out.size() == plain_size);
    return out;
}

std::optional<sign_in_name> name_in(std::string_view plain) {
    auto digits = plain.substr(1, digits_max);
    digits = digits.substr(0, digits.find(' '));
    auto number = base::msisdn::parse("+" + std::string(digits));
    if (!number) return std::nullopt;
    const auto way = plain.front() == 'l' ? domain::sign_in_way::line : domain::sign_in_way::mail;
    return sign_in_name{way, std::move(*number), std::string(plain.substr(1 + digits_max))};
}

}  // namespace naming_sign_ins
}  // namespace

std::string sealed(const port::secrets& with, const sign_in_name& name) {
    const auto plain = naming_sign_ins::plain_of(name);
    const auto tag = with.keyed_digest("sign-in-tag", "", plain).substr(0, naming_sign_ins::tag_characters);
    return tag + base::hex(base::view(naming_sign_ins::padded(with.keyed_digest("sign-in-pad", "", tag), plain)));
}

std::optional<sign_in_name> unsealed(const port::secrets& with, std::string_view text) {
    using namespace naming_sign_ins;  // NOLINT(google-build-using-namespace): this file's own
    if (text.size() != text_size) return std::nullopt;
    const auto tag = text.substr(0, tag_characters);
    const auto body = base::from_hex(text.substr(tag_characters));
    if (!body) return std::nullopt;
    const std::string hidden(body->begin(), body->end());
    const auto pads = with.keyed_digests("sign-in-pad", "", tag);
    for (std::size_t i = 0; i < pads.size(); ++i) {  // one for each generation of the secret
        const auto plain = padded(pads[i], hidden);
        const auto tags = with.keyed_digests("sign-in-tag", "", plain);
        const bool ours =
            i < tags.size() &&
            base::equal_secrets(base::view(std::string_view(tags[i]).substr(0, tag_characters)), base::view(tag));
        if (ours) return name_in(plain);
    }
    return std::nullopt;
}

}  // namespace keepline::desk
