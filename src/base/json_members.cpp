#include "base/json_members.hpp"

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>

namespace keepline::base {

namespace {

/// Hears the text's events; of the values only the structure matters.
struct name_keeper {
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();
    using failure = boost::system::error_code;
    using text = boost::json::string_view;

    std::vector<std::set<std::string, std::less<>>> open{};
    std::string key{};
    std::string twice{};

    bool on_document_begin(failure&) { return true; }
    bool on_document_end(failure&) { return true; }
    bool on_object_begin(failure&) {
        open.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, failure&) {
        open.pop_back();
        return true;
    }
    bool on_array_begin(failure&) { return true; }
    bool on_array_end(std::size_t, failure&) { return true; }
    bool on_key_part(text part, std::size_t, failure&) {
        key.append(part.data(), part.size());
        return true;
    }
    bool on_key(text part, std::size_t, failure& why) {
        key.append(part.data(), part.size());
        if (!open.back().insert(key).second) {
            twice = key;
            why = boost::json::make_error_code(boost::json::error::exception);
            return false;
        }
        key.clear();
        return true;
    }
    bool on_string_part(text, std::size_t, failure&) { return true; }
    bool on_string(text, std::size_t, failure&) { return true; }
    bool on_number_part(text, failure&) { return true; }
    bool on_int64(std::int64_t, text, failure&) { return true; }
    bool on_uint64(std::uint64_t, text, failure&) { return true; }
    bool on_double(double, text, failure&) { return true; }
    bool on_bool(bool, failure&) { return true; }
    bool on_null(failure&) { return true; }
    bool on_comment_part(text, failure&) { return true; }
    bool on_comment(text, failure&) { return true; }
};

/// A name from outside, as far as it can be repeated in an answer.
std::string shown(std::string_view name) {
    constexpr std::size_t shown_max = 40;
    std::string out;
    for (const char one : name.substr(0, shown_max)) out += one > 0x20 && one < 0x7F && one != '`' ? one : '?';
    return out;
}

}  // namespace

result<void> check_members_once(std::string_view text) {
    boost::json::parse_options how;
    how.max_depth = 64;
    boost::json::basic_parser<name_keeper> reader(how);
    boost::system::error_code failure;
    reader.write_some(false, text.data(), text.size(), failure);
    if (failure != boost::json::error::exception) return {};
    const auto& twice = reader.handler().twice;
    return refuse(code::malformed, "`" + shown(twice) + "` is there twice in one object; which one is meant?",
                  {{"member", shown(twice)}});
}

}  // namespace keepline::base
