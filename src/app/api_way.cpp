#include "app/api_way.hpp"

#include "base/json.hpp"

namespace keepline::app {

namespace {

std::string text_of(const boost::json::object& in, std::string_view name) {
    const auto* found = in.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// An answer that is no problem document (a proxy's page, say) is judged by its status.
base::code code_of_status(int status) {
    if (status == 401) return base::code::unauthenticated;
    if (status == 403) return base::code::forbidden;
    if (status == 404) return base::code::not_found;
    if (status == 429) return base::code::too_many;
    return status >= 500 ? base::code::unavailable : base::code::peer_garbled;
}

}  // namespace

base::result<api_answer> accepted(base::result<api_answer> answer) {
    if (!answer || (answer->status >= 200 && answer->status < 300)) return answer;
    const auto parsed = base::parse_json(answer->body);
    const auto* problem = parsed ? parsed->if_object() : nullptr;
    const auto known = problem == nullptr ? std::nullopt : base::code_by_id(text_of(*problem, "code"));
    if (!known)
        return base::refuse(code_of_status(answer->status),
                            "The server answered with status " + std::to_string(answer->status) + ".");
    base::error out{*known, text_of(*problem, "detail"), {}};
    if (out.words.empty()) out.words = base::info(*known).title;
    if (const auto* data = problem->if_contains("data"); data != nullptr && data->is_array())
        for (const auto& item : data->get_array())
            if (const auto* fact = item.if_object())
                out.data.push_back({text_of(*fact, "name"), text_of(*fact, "value")});
    return std::unexpected(std::move(out));
}

base::result<boost::json::value> json_of(base::result<api_answer> answer) {
    TRY(good, accepted(std::move(answer)));
    if (good.body.empty()) return boost::json::value(boost::json::object{});
    auto parsed = base::parse_json(good.body, 64);
    if (!parsed) return base::refuse(base::code::peer_garbled, "The server's answer is not JSON.");
    return parsed;
}

std::string url_part(std::string_view text) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    for (const char c : text) {
        if (plain.find(c) != std::string_view::npos)
            out += c;
        else
            out += "%" + base::hex(base::view({&c, 1}));
    }
    return out;
}

}  // namespace keepline::app
