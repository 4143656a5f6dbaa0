#include "desk/mailbox.hpp"

#include "domain/message_words.hpp"

#include <algorithm>
#include <cstdlib>
#include <idn2.h>
#include <memory>

namespace keepline::desk {

namespace {

constexpr std::size_t typed_max = 512;

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct idn_cleanup {
    void operator()(char* text) const { idn2_free(text); }
};

/// Empty: no domain name.
std::string a_labels(const std::string& host) {
    if (host.contains('\0')) return {};
    char* out = nullptr;
    const auto done = idn2_to_ascii_8z(host.c_str(), &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const std::unique_ptr<char, idn_cleanup> owned(out);
    return done == IDN2_OK && out != nullptr ? std::string(out) : std::string();
}

/// Labels that say nothing in any script ("xn--a"), or that nobody would have encoded so, are in no zone.
bool labels_mean_something(std::string host) {
    std::ranges::transform(host, host.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (!host.starts_with("xn--") && !host.contains(".xn--")) return true;
    char* out = nullptr;
    const auto done = idn2_to_unicode_8z8z(host.c_str(), &out, 0);
    const std::unique_ptr<char, idn_cleanup> owned(out);
    return done == IDN2_OK && out != nullptr && a_labels(out) == host;
}

}  // namespace

base::result<std::string> ascii_mailbox(std::string_view typed) {
    const auto wrong = [](std::string words) { return base::refuse(base::code::invalid, std::move(words)); };
    const auto at = typed.find('@');
    if (at == std::string_view::npos || typed.size() > typed_max)
        return wrong("must be a mailbox such as name@example.org.");
    if (!is_ascii(typed.substr(0, at)))
        return wrong("has letters before the @ that not every mail server takes; give an address in plain letters.");
    std::string out(typed);
    if (!is_ascii(typed)) out = std::string(typed.substr(0, at + 1)) + a_labels(std::string(typed.substr(at + 1)));
    if (!domain::is_mailbox(out) || !labels_mean_something(out.substr(at + 1)))
        return wrong("must be a mailbox such as name@example.org.");
    return out;
}

}  // namespace keepline::desk
