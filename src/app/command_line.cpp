// keepline line show: a line at a glance, straight from the store, beside a running server or without one. What it
// prints is what the API answers to staff: references and facts, no personal data; a number only where the caller named
// it.
#include "app/client.hpp"
#include "app/command.hpp"
#include "app/local_api.hpp"
#include "app/reading_core.hpp"
#include "app/rules.hpp"
#include "app/system_random.hpp"
#include "base/ids.hpp"
#include "store/sqlite_journal.hpp"

#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

constexpr std::size_t last_entries = 10;

struct line_asked {
    std::string line;
    bool whole_history = false;
};

/// The API over a journal that is only read.
struct reading {
    std::unique_ptr<store::sqlite_journal> journal;
    std::unique_ptr<reading_core> core;
    std::unique_ptr<port::fake_vault> vault =
        std::make_unique<port::fake_vault>();  // empty: nothing here is about people
    port::secrets secrets{base::digest{}};
    system_random random;
    port::system_clock clock;
    port::no_log log;
    std::unique_ptr<api_way> way;
};

result<std::unique_ptr<reading>> open_reading(const config& how) {
    std::error_code ignored;
    if (!std::filesystem::exists(how.store.path, ignored))
        return base::refuse(base::code::not_found,
                            "There is no journal at " + how.store.path + " (data_dir and store.path say where).");
    auto out = std::make_unique<reading>();
    TRY(journal, store::sqlite_journal::open(how.store.path, store::open_mode::read_only));
    out->journal = std::move(journal);
    auto rules = load_rules({how.policies.dir, how.policies.own}, {how.calendars.dir, how.calendars.own});
    out->core = std::make_unique<reading_core>(*out->journal, rules ? std::move(*rules) : nullptr);
    desk::parts parts;
    parts.core = out->core.get();
    parts.vault = out->vault.get();
    parts.secrets = &out->secrets;
    parts.random = &out->random;
    parts.clock = &out->clock;
    parts.log = &out->log;
    parts.jwks = [] { return std::string("{\"keys\":[]}"); };
    out->way = make_local_api(std::move(parts), "line-show");
    return out;
}

result<std::string> id_of(reading& from, const std::string& line) {
    if (line.starts_with("ln_")) return line;
    auto number = base::msisdn::parse(line);
    if (!number)
        return base::refuse(base::code::invalid, "Name the line by its id (ln_…) or its number (+8613800138000).");
    const auto view = from.core->read({port::stream_kind::number, number->text()});
    if (!view) return base::refuse(base::code::line_missing, "Nothing is known of that number.");
    return (*view)->public_id;
}

result<json::value> get(reading& from, const std::string& target) {
    return json_of(from.way->send({"GET", target, {}, {}, {}, {}}));
}

std::string member(const json::value& in, std::string_view object, std::string_view name) {
    const auto* inner = in.is_object() ? in.get_object().if_contains(object) : nullptr;
    const auto* found = inner != nullptr && inner->is_object() ? inner->get_object().if_contains(name) : nullptr;
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// All of the journal's entries, or the last few.
result<json::array> history(reading& from, const std::string& path, bool whole) {
    json::array out;
    for (std::string after;;) {
        TRY(page, get(from, path + "/history?limit=200" + (after.empty() ? "" : "&after=" + after)));
        const auto* items = page.get_object().if_contains("items");
        if (items != nullptr && items->is_array())
            for (const auto& item : items->get_array()) out.push_back(item);
        const auto* next = page.get_object().if_contains("next");
        if (next == nullptr || !next->is_string()) break;
        after = next->get_string();
    }
    if (!whole && out.size() > last_entries)
        out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(last_entries));
    return out;
}

/// Numbers are personal data: whoever came with the line's id sees their last digits.
void mask_numbers(json::value& in) {
    constexpr std::size_t shown_digits = 4;
    if (auto* list = in.if_array()) {
        for (auto& item : *list) mask_numbers(item);
    } else if (auto* object = in.if_object()) {
        for (auto& [name, value] : *object) {
            if (name == "number" && value.is_string() && value.get_string().size() > shown_digits)
                value = "…" + std::string(value.get_string()).substr(value.get_string().size() - shown_digits);
            else
                mask_numbers(value);
        }
    }
}

/// For people: an entry is a line.
void print_history(const session& s, const json::array& entries, bool whole) {
    s.at.out << (whole ? "\nhistory:\n" : "\nlast history (all: --history):\n");
    for (const auto& entry : entries) {
        const auto* one = entry.if_object();
        if (one == nullptr) continue;
        std::string events;
        for (const auto& event : one->at("events").as_array())
            events += (events.empty() ? "" : ", ") + std::string(event.at("type").as_string());
        const auto& by = one->at("by").as_object();
        s.at.out << "  " << one->at("version").as_int64() << "  " << one->at("at").as_string().c_str() << "  "
                 << by.at("as").as_string().c_str() << " " << printable(by.at("id").as_string()) << " via "
                 << one->at("channel").as_string().c_str() << ": " << events << '\n';
    }
}

result<int> show(const session& s, const line_asked& in) {
    TRY(settings, s.settings());
    TRY(from, open_reading(settings));
    TRY(id, id_of(*from, in.line));
    const auto path = "/v1/lines/" + url_part(id);
    TRY(line, get(*from, path));
    json::value closure;
    if (const auto case_id = member(line, "closure", "id"); !case_id.empty()) {
        TRY(found, get(*from, "/v1/closures/" + url_part(case_id)));
        closure = std::move(found);
        closure.as_object().erase("profiles");  // they are the line's own
        closure.as_object().erase("holds");
    }
    TRY(entries, history(*from, path, in.whole_history));
    json::value all = json::object{{"line", line}, {"closure", closure}, {"history", entries}};
    if (in.line.starts_with("ln_")) mask_numbers(all);
    if (s.json) {
        s.print(all);
        return 0;
    }
    s.print(all.at("line"));
    if (all.at("closure").is_object()) s.print(json::object{{"case", all.at("closure")}});
    print_history(s, all.at("history").as_array(), in.whole_history);
    return 0;
}

struct move_asked {
    std::string line;
    std::string iccid;
    std::string to;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};

/// Through a running server: what it answers is the line, or the request that waits for a second person.
result<int> send_move(const session& s, const move_asked& in, const std::string& where) {
    TRY(way, connect(s, *in.server));
    json::object body{{"iccid", in.iccid}};
    if (!in.to.empty()) body["to"] = in.to;
    const auto target = "/v1/lines/" + url_part(in.line) + where;
    TRY(done, json_of(way->send({"POST", target, json::serialize(body), fresh_key(), {}, {}})));
    s.print(done);
    return 0;
}

void add_move_commands(CLI::App& group, session& s) {
    const auto add = [&](const char* name, const char* what, const char* example, const std::string& where) {
        auto in = std::make_shared<move_asked>();
        auto* command = add_command(group, name, what, example);
        command->add_option("LINE", in->line, "The line's id (ln_…)")->required();
        command->add_option("ICCID", in->iccid, "The profile's")->required();
        if (where == "/profile-offers") command->add_option("TO", in->to, "The other line's id (ln_…)")->required();
        add_server_options(command, in->server);
        on_chosen(command, s, [&s, in, where] { return send_move(s, *in, where); });
    };
    add("offer", "Offer a profile of the line to another line; a second person signs",
        "keepline line offer ln_k3v9m2xq 89860012345678901236 ln_p7w4c8zt", "/profile-offers");
    add("withdraw-offer", "Take an offer back", "keepline line withdraw-offer ln_k3v9m2xq 89860012345678901236",
        "/profile-offers/withdrawal");
    add("accept", "Agree for the other line: the profile moves to it",
        "keepline line accept ln_p7w4c8zt 89860012345678901236", "/profile-acceptances");
}

}  // namespace

void add_line_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "line",
                            "Lines: show, straight from the store; offer, accept and withdraw-offer of a profile that "
                            "moves to another line, through a running server",
                            "keepline line show +8613800138000");
    add_move_commands(*group, s);
    auto in = std::make_shared<line_asked>();
    auto* command =
        add_command(*group, "show", "A line at a glance: profiles, balance, closure with evidence, holds, history",
                    "keepline line show +8613800138000\nkeepline line show ln_k3v9m2xq --history --json");
    command->add_option("LINE", in->line, "Its number or its id (ln_…)")->required();
    command->add_flag("--history", in->whole_history, "The whole journal of the line, not only the last entries");
    on_chosen(command, s, [&s, in] { return show(s, *in); });
}

}  // namespace keepline::app
