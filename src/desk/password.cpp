#include "desk/password.hpp"

#include "base/ensure.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include <sodium.h>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {
namespace passwords {

// RFC 9106 §4, the second recommended option: 64 MiB, three passes.
constexpr unsigned long long passes = 3;
constexpr std::size_t memory = 64UL * 1024 * 1024;
constexpr std::size_t least_letters = 5;  // different ones

void be_ready() {
    static const bool ready = sodium_init() >= 0;
    ENSURE(ready);
}

std::string small(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char one) { return static_cast<char>(std::tolower(one)); });
    return out;
}

std::size_t characters_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char one) { return (static_cast<unsigned char>(one) & 0xC0U) != 0x80U; }));
}

}  // namespace passwords
}  // namespace

base::result<void> check_password(std::string_view password, std::string_view name) {
    const auto no = [](const std::string& words) { return refuse(code::invalid, words, {{"field", "password"}}); };
    if (!base::is_utf8(password)) return no("The password must be UTF-8.");
    if (passwords::characters_of(password) < password_min || password.size() > password_max)
        return no("A password has at least " + std::to_string(password_min) + " characters, and at most " +
                  std::to_string(password_max) + " bytes.");
    if (std::set<char>(password.begin(), password.end()).size() < passwords::least_letters)
        return no("That are too few different characters.");
    if (passwords::small(password).find(passwords::small(name)) != std::string::npos)
        return no("The password must not hold the name of the account.");
    return {};
}

base::result<std::string> password_verifier(std::string_view password) {
    passwords::be_ready();
    std::array<char, crypto_pwhash_STRBYTES> out{};
    if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), passwords::passes, passwords::memory,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return refuse(code::overloaded, "There is no memory for that now; try again soon.");
    return std::string(out.data());
}

bool fits_password(const std::string& verifier, std::string_view password) {
    passwords::be_ready();
    if (!verifier.empty()) return crypto_pwhash_str_verify(verifier.c_str(), password.data(), password.size()) == 0;
    static_cast<void>(password_verifier(password));
    return false;
}

}  // namespace keepline::desk
