// What a page's form sends, and what stands behind the ? of an address: names with their values, as
// application/x-www-form-urlencoded has them, or as multipart/form-data, where there is a file among them. Pure; any
// thread.
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

    /// The same of multipart/form-data (RFC 7578), whose boundary the Content-Type names. code::malformed.
    static base::result<form> parse_parts(std::string_view content_type, std::string_view body);

    /// Of the first of this name; empty: there is none.
    std::string_view value(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;
    /// A file's bytes, whatever they are; empty: none was chosen.
    std::string_view file(std::string_view name) const;

 private:
    struct field {
        std::string name;
        std::string value;
    };
    base::result<void> add_part(std::string_view head, std::string_view content);

    std::vector<field> fields_;
    std::vector<field> files_;
};

/// `text` as it may stand behind a = of an address.
std::string form_encoded(std::string_view text);

}  // namespace keepline::portal
