// The configuration in force, for people (TOML that can be used again, secrets masked) and for machines (JSON).
#include "app/config.hpp"
#include "base/json.hpp"

namespace keepline::app {

namespace {

constexpr std::string_view mask = "***";

std::string json_string(std::string_view text) {
    std::string out;
    base::write_string(out, text);
    return out;
}

std::string value_of(const config_key& key) {
    if (auto* const* text = std::get_if<std::string*>(&key.into))
        return json_string(key.secret && !(*text)->empty() ? mask : std::string_view(**text));
    if (auto* const* number = std::get_if<std::int64_t*>(&key.into)) return std::to_string(**number);
    if (auto* const* flag = std::get_if<bool*>(&key.into)) return **flag ? "true" : "false";
    std::string out = "[";
    for (const auto& item : *std::get<std::vector<std::string>*>(key.into))
        out += (out.size() > 1 ? ", " : "") + json_string(item);
    return out + "]";
}

}  // namespace

std::string show_config(const config& what) {
    config copy = what;
    std::string out = "# " + (what.file.empty() ? "no file: defaults and environment" : what.file) + "\n";
    std::string_view section;
    for (const auto& key : keys_of(copy)) {
        if (key.section != section) out += "\n[" + std::string(key.section) + "]\n";
        section = key.section;
        out += std::string(key.name) + " = " + value_of(key) + "\n";
    }
    for_each_list(copy, [&](std::string_view name, auto& list) {
        for (auto& one : list) {
            out += "\n[[" + std::string(name) + "]]\n";
            for (const auto& key : keys_of(one)) out += std::string(key.name) + " = " + value_of(key) + "\n";
        }
    });
    return out;
}

std::string show_config_json(const config& what) {
    config copy = what;
    std::string out = "{\"file\":" + json_string(what.file);
    std::string_view section;
    for (const auto& key : keys_of(copy)) {
        if (key.section != section) {
            if (!section.empty()) out += '}';
            out += ",\"" + std::string(key.section) + "\":{";
        } else {
            out += ',';
        }
        section = key.section;
        out += "\"" + std::string(key.name) + "\":" + value_of(key);
    }
    out += '}';
    for_each_list(copy, [&](std::string_view name, auto& list) {
        out += ",\"" + std::string(name) + "\":[";
        bool first = true;
        for (auto& one : list) {
            if (!first) out += ',';
            first = false;
            bool first_key = true;
            out += '{';
            for (const auto& key : keys_of(one)) {
                if (!first_key) out += ',';
                first_key = false;
                out += "\"" + std::string(key.name) + "\":" + value_of(key);
            }
            out += '}';
        }
        out += ']';
    });
    return out + "}";
}

}  // namespace keepline::app
