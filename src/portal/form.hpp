// What a page's form sends, and what stands behind the ? of an address: names with their values, as
// application/x-www-form-urlencoded has them. Pure; any thread.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace keepline::portal {

class form {
 public:
    static constexpr std::size_t fields_max = 64;

    /// code::malformed: an escape that is none, no UTF-8, a character that no keyboard types, too many fields.
    static base::result<form> parse(std::string_view encoded);

    /// Of the first of this name; empty: there is none.
    std::string_view value(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;

 private:
    struct field {
        std::string name;
        std::string value;
    };
    std::vector<field> fields_;
};

/// `text` as it may stand behind a = of an address.
std::string form_encoded(std::string_view text);

/// A cookie's value; empty: it is not there, or there twice, and then nobody knows which one is ours.
std::string cookie_named(std::string_view header, std::string_view name);

}  // namespace keepline::portal
