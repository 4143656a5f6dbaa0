#include "app/client.hpp"

#include "app/config_warnings.hpp"
#include "app/files.hpp"
#include "app/system_random.hpp"
#include "base/ids.hpp"

#include <algorithm>
#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

constexpr std::size_t max_token_file_bytes = 4096;

result<std::string> token_of(const session& s, const server_options& to) {
    std::string token = s.at.variable("KEEPLINE_TOKEN");
    if (!to.token_file.empty()) {
        TRY(text, read_file(to.token_file, max_token_file_bytes));
        token = text;
        if (others_may_read(to.token_file))
            s.at.err << "warning: --token-file: " << to.token_file << " can be read by everybody; chmod 600 "
                     << to.token_file << '\n';
    }
    while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.pop_back();
    if (token.empty())
        return base::refuse(
            base::code::unauthenticated,
            "A token is needed: set KEEPLINE_TOKEN, or name a --token-file. One is made by `keepline token "
            "create --role admin --id me`.");
    if (std::ranges::any_of(token, [](char c) { return static_cast<unsigned char>(c) <= ' '; }))
        return base::refuse(base::code::unauthenticated, "The token must be one word.");
    return token;
}

}  // namespace

void add_server_options(CLI::App* command, const std::shared_ptr<server_options>& into) {
    command
        ->add_option("--server", into->url, "The server's URL; default: $KEEPLINE_SERVER, else the configured address")
        ->type_name("URL");
    command->add_option("--token-file", into->token_file, "A file with the token; default: $KEEPLINE_TOKEN")
        ->type_name("FILE");
}

result<std::string> server_url(const session& s, const server_options& to) {
    if (!to.url.empty()) return to.url;
    if (auto url = s.at.variable("KEEPLINE_SERVER"); !url.empty()) return url;
    TRY(settings, s.settings());
    auto at = *parse_endpoint(settings.http.listen);
    if (at.host == "0.0.0.0") at.host = "127.0.0.1";
    if (at.host == "::") at.host = "::1";
    const bool bracketed = at.host.find(':') != std::string::npos;
    return (settings.http.tls_cert.empty() ? "http://" : "https://") + (bracketed ? "[" + at.host + "]" : at.host) +
           ":" + std::to_string(at.port);
}

result<std::unique_ptr<api_way>> connect(const session& s, const server_options& to) {
    TRY(url, server_url(s, to));
    TRY(token, token_of(s, to));
    if (goes_out_plain(url))
        return base::refuse(base::code::config_invalid,
                            "The token would go to another machine in plain text; use https, or a tunnel to it.",
                            {{"server", url}});
    return make_remote_api(url, token);
}

std::string fresh_key() {
    system_random random;
    return random.token(16);
}

result<std::string> line_id(api_way& way, const std::string& number_or_id) {
    if (number_or_id.starts_with("ln_")) return number_or_id;
    const auto number = base::msisdn::parse(number_or_id);
    if (!number)
        return base::refuse(base::code::invalid, "Name the line by its id (ln_…) or its number (+8613800138000).");
    const auto body = boost::json::serialize(boost::json::object{{"number", number->text()}});
    TRY(found, json_of(way.send({"POST", "/v1/lines/search", body, fresh_key(), {}, {}})));
    const auto* id = found.is_object() ? found.get_object().if_contains("id") : nullptr;
    if (id == nullptr || !id->is_string())
        return base::refuse(base::code::peer_garbled, "The server's answer has no id.");
    return std::string(id->get_string());
}

std::string cell_text(const boost::json::object& in, std::string_view name) {
    const auto* found = in.if_contains(name);
    if (found == nullptr) return "-";
    return found->is_string() ? printable(found->get_string()) : boost::json::serialize(*found);
}

std::string person_in(const boost::json::object& in, std::string_view name) {
    const auto* by = in.if_contains(name);
    return by != nullptr && by->is_object() ? cell_text(by->get_object(), "id") : "-";
}

const boost::json::array& items_of(const boost::json::value& page) {
    static const boost::json::array none;
    const auto* shown = page.if_object();
    const auto* items = shown == nullptr ? nullptr : shown->if_contains("items");
    return items != nullptr && items->is_array() ? items->get_array() : none;
}

result<int> print_list(const session& s, const server_options& to, const std::string& target,
                       const std::vector<column>& columns) {
    TRY(way, connect(s, to));
    TRY(page, json_of(way->send({"GET", target, {}, {}, {}, {}})));
    if (s.json) {
        s.print(page);
        return 0;
    }
    std::vector<std::string> headings;
    for (const auto& each : columns) headings.push_back(each.heading);
    std::vector<std::vector<std::string>> rows;
    for (const auto& item : items_of(page)) {
        const auto* one = item.if_object();
        if (one == nullptr) continue;
        auto& row = rows.emplace_back();
        for (const auto& each : columns) row.push_back(cell_text(*one, each.member));
    }
    s.at.out << table(headings, rows);
    if (page.is_object() && page.get_object().contains("next")) s.at.out << "(there are more; these are the first)\n";
    return 0;
}

}  // namespace keepline::app
