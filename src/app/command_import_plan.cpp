// keepline import plan, plans, show, sign, refuse, stop: changes that no single person makes, through a running server.
#include "app/client.hpp"
#include "app/command_import.hpp"
#include "app/import_source.hpp"
#include "app/importer.hpp"
#include "app/reject_list.hpp"
#include "app/row_comparison.hpp"
#include "base/money.hpp"

#include <iostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

constexpr std::size_t plan_bytes_max = 16UL * 1024 * 1024;  // as much as the API takes

struct plan_asked {
    import_file_options source;
    std::string rejects;
    std::string id;
    std::string hash;
    std::string reason;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};

const json::array& plan_list(const json::object& in, std::string_view name) {
    static const json::array none;
    const auto* found = in.if_contains(name);
    return found != nullptr && found->is_array() ? found->get_array() : none;
}

std::string plan_amounts(const json::object& what, std::string_view name) {
    std::string out;
    for (const auto& one : plan_list(what, name)) {
        const auto amount = json::value_to<json::object>(one);
        const auto* minor = amount.if_contains("minor");
        if (minor == nullptr || !minor->is_int64()) continue;
        out += (out.empty() ? "" : ", ") + base::text({minor->get_int64(), cell_text(amount, "currency")});
    }
    return out.empty() ? "none" : out;
}

void print_plan(const session& s, const json::object& plan) {
    const auto* what = plan.if_contains("what");
    const json::object empty;
    const auto& counts = what != nullptr && what->is_object() ? what->get_object() : empty;
    auto& out = s.at.out;
    out << cell_text(plan, "id") << "  " << cell_text(plan, "stage") << "  planned by " << person_in(plan, "by")
        << " at " << cell_text(plan, "made_at") << "\n  changes:  " << cell_text(counts, "changes");
    for (const auto& one : plan_list(counts, "kinds"))
        if (one.is_object())
            out << "  " << cell_text(one.get_object(), "kind") << " " << cell_text(one.get_object(), "count");
    out << "\n  brought:  " << plan_amounts(counts, "brought") << "\n  taken:    " << plan_amounts(counts, "taken")
        << "\n  hash:     " << cell_text(counts, "hash") << '\n';
    if (plan.contains("signed_by"))
        out << "  signed:   " << person_in(plan, "signed_by") << " at " << cell_text(plan, "signed_at") << '\n';
    if (plan.contains("reason"))
        out << (plan.contains("stopped_by") ? "  stopped:  " + person_in(plan, "stopped_by")
                                            : "  refused:  " + person_in(plan, "refused_by"))
            << ": " << cell_text(plan, "reason") << '\n';
    if (plan.contains("expires_at"))
        out << "  waits for a second person until " << cell_text(plan, "expires_at") << '\n';
    if (plan.contains("signed_by"))
        out << "  done:     " << cell_text(plan, "carried") << " of " << cell_text(counts, "changes") << ": "
            << cell_text(plan, "changed") << " changed, " << cell_text(plan, "known") << " were so already, "
            << cell_text(plan, "asked") << " asked for, " << cell_text(plan, "refused") << " refused\n";
    for (const auto& one : plan_list(plan, "notes"))
        if (one.is_object())
            out << "  row " << cell_text(one.get_object(), "row") << ": " << cell_text(one.get_object(), "words")
                << '\n';
}

/// Every row that could be read, with the lines of the file that they begin in.
struct rows_read {
    std::string body = R"({"rows":[)";
    std::vector<import_row> rows;
};

result<rows_read> rows_for_plan(import_source& from, reject_list& rejects) {
    rows_read out;
    row_comparison compared;
    while (auto row = from.rows().next()) {
        compared.check(*row);
        if (!row->body) {
            rejects.add({row->line, row->body.error(), row->text});
            continue;
        }
        if (!out.rows.empty()) out.body += ',';
        out.body += *row->body;
        out.rows.push_back(std::move(*row));
        if (out.body.size() > plan_bytes_max)
            return base::refuse(base::code::too_large, "A plan takes 16 MiB of rows; make several of it.");
    }
    out.body += "]}";
    return out;
}

void take_rejected(const json::object& made, const rows_read& sent, bool columns, reject_list& into) {
    for (const auto& one : plan_list(made, "rejected")) {
        const auto* refused = one.if_object();
        const auto* row = refused == nullptr ? nullptr : refused->if_contains("row");
        if (row == nullptr || !row->is_int64()) continue;
        const auto at = static_cast<std::size_t>(row->get_int64()) - 1;
        if (at >= sent.rows.size()) continue;
        base::error why{base::code::invalid, cell_text(*refused, "reason"), {}};
        if (const auto known = base::code_by_id(cell_text(*refused, "code"))) why.what = *known;
        if (columns) why = in_columns(std::move(why), sent.rows[at]);
        into.add({sent.rows[at].line, std::move(why), sent.rows[at].text});
    }
    for (const auto& one : plan_list(made, "also_rejected")) {
        const auto at = one.is_int64() ? static_cast<std::size_t>(one.get_int64()) - 1 : sent.rows.size();
        if (at >= sent.rows.size()) continue;
        base::error why{base::code::invalid, "Rejected as well; the reasons are said of the first 200 rows.", {}};
        into.add({sent.rows[at].line, std::move(why), sent.rows[at].text});
    }
}

result<int> plan_file(const session& s, const plan_asked& in) {
    TRY(source, import_source::open(in.source));
    TRY(rejects, reject_list::open(s.at, {}, in.rejects, source->rows()));
    TRY(way, connect(s, *in.server));
    TRY(sent, rows_for_plan(*source, rejects));
    json::object made;
    if (!sent.rows.empty()) {
        TRY(answer, json_of(way->send({"POST", "/v1/import-plans", sent.body, fresh_key(), {}, {}})));
        if (!answer.is_object()) return base::refuse(base::code::peer_garbled, "The server's answer is no object.");
        made = answer.get_object();
    }
    take_rejected(made, sent, source->format() == row_format::csv, rejects);
    rejects.finish();
    const auto* plan = made.if_contains("plan");
    if (s.json) {
        made["rejected"] = rejects.count();
        made.erase("also_rejected");
        s.print(made);
    } else {
        if (plan != nullptr && plan->is_object()) print_plan(s, plan->get_object());
        s.at.out << sent.rows.size() << " rows planned or known already, " << rejects.count() << " rejected\n";
        if (plan == nullptr) s.at.out << "Nothing would change: there is no plan.\n";
    }
    return rejects.count() == 0 ? 0 : base::info(base::code::invalid).exit_code;
}

result<int> list_plans(const session& s, const plan_asked& in) {
    TRY(way, connect(s, *in.server));
    TRY(page, json_of(way->send({"GET", "/v1/import-plans?limit=200", {}, {}, {}, {}})));
    if (s.json) {
        s.print(page);
        return 0;
    }
    if (page.is_object())
        for (const auto& one : plan_list(page.get_object(), "items"))
            if (one.is_object()) print_plan(s, one.get_object());
    return 0;
}

/// Line by line what it changes, addresses and accounts by their ends.
result<json::array> changes_in(api_way& way, const std::string& id) {
    json::array out;
    std::string after;
    do {
        const auto query = "?limit=200" + (after.empty() ? std::string() : "&after=" + url_part(after));
        TRY(page, json_of(way.send({"GET", "/v1/import-plans/" + url_part(id) + "/changes" + query, {}, {}, {}, {}})));
        after.clear();
        const auto* shown = page.if_object();
        if (shown == nullptr) break;
        const auto& items = plan_list(*shown, "items");
        out.insert(out.end(), items.begin(), items.end());
        if (const auto* next = shown->if_contains("next"); next != nullptr && next->is_string())
            after = std::string(next->get_string());
    } while (!after.empty());
    return out;
}

result<int> show_plan(const session& s, const plan_asked& in) {
    TRY(way, connect(s, *in.server));
    TRY(plan, json_of(way->send({"GET", "/v1/import-plans/" + url_part(in.id), {}, {}, {}, {}})));
    auto changes = changes_in(*way, in.id);
    if (!changes && changes.error().what != base::code::erased) return std::unexpected(changes.error());
    if (s.json) {
        s.print(json::object{{"plan", plan}, {"changes", changes ? *changes : json::array()}});
        return 0;
    }
    if (plan.is_object()) print_plan(s, plan.get_object());
    if (!changes) {
        s.at.out << "  What it changed line by line was destroyed when it was over.\n";
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& item : *changes) {
        const auto* one = item.if_object();
        if (one == nullptr) continue;
        for (const auto& differs : plan_list(*one, "differs"))
            if (differs.is_object())
                rows.push_back({cell_text(*one, "row"), cell_text(*one, "line_id"),
                                cell_text(differs.get_object(), "what"), cell_text(differs.get_object(), "before"),
                                cell_text(differs.get_object(), "after")});
    }
    s.at.out << table({"ROW", "LINE", "WHAT", "IS", "BECOMES"}, rows);
    return 0;
}

result<int> send_plan_answer(const session& s, const plan_asked& in, const std::string& what,
                             const json::object& body) {
    TRY(way, connect(s, *in.server));
    const auto target = "/v1/import-plans/" + url_part(in.id) + "/" + what;
    TRY(plan, json_of(way->send({"POST", target, json::serialize(body), fresh_key(), {}, {}})));
    if (s.json)
        s.print(plan);
    else if (plan.is_object())
        print_plan(s, plan.get_object());
    return 0;
}

}  // namespace

void add_import_plan_commands(CLI::App& import, session& s) {
    const auto server_of = [](CLI::App* command, const std::shared_ptr<plan_asked>& in) {
        add_server_options(command, in->server);
    };
    auto in = std::make_shared<plan_asked>();
    auto* plan = add_command(import, "plan", "Plan what a file changes of known lines; a second person signs",
                             "keepline import plan lines.csv --rejects bad.csv\n"
                             "keepline import show ip_…            (what it changes, and its hash)\n"
                             "keepline import sign ip_… --hash …   (by somebody else)");
    plan->add_option("FILE", in->source.file, "The file")->required();
    plan->add_option("--format", in->source.format, "csv or ndjson; default: by the file's ending")
        ->check(CLI::IsMember({"csv", "ndjson"}));
    plan->add_option("--rejects", in->rejects, "Write bad rows here, as keepline import does")->type_name("FILE");
    plan->add_option("--encoding", in->source.encoding, "Of the file, where it is not UTF-8 or UTF-16");
    server_of(plan, in);
    on_chosen(plan, s, [&s, in] { return plan_file(s, *in); });

    auto listed = std::make_shared<plan_asked>();
    auto* plans = add_command(import, "plans", "List plans");
    server_of(plans, listed);
    on_chosen(plans, s, [&s, listed] { return list_plans(s, *listed); });

    auto shown = std::make_shared<plan_asked>();
    auto* show = add_command(import, "show", "Show a plan, and what it changes line by line");
    show->add_option("PLAN", shown->id, "Its id (ip_…)")->required();
    server_of(show, shown);
    on_chosen(show, s, [&s, shown] { return show_plan(s, *shown); });

    auto given = std::make_shared<plan_asked>();
    auto* sign = add_command(import, "sign", "Let somebody else's plan be carried out",
                             "keepline import sign ip_… --hash 3f5a…   (as keepline import show says it)");
    sign->add_option("PLAN", given->id, "Its id (ip_…)")->required();
    sign->add_option("--hash", given->hash, "Of exactly what you have read")->required();
    server_of(sign, given);
    on_chosen(sign, s, [&s, given] {
        return send_plan_answer(s, *given, "countersignature", json::object{{"hash", given->hash}});
    });

    auto stopped = std::make_shared<plan_asked>();
    auto* stop = add_command(import, "stop", "Stop a plan that was signed; what was done by then stays done");
    stop->add_option("PLAN", stopped->id, "Its id (ip_…)")->required();
    stop->add_option("--reason", stopped->reason, "Why")->required();
    server_of(stop, stopped);
    on_chosen(stop, s, [&s, stopped] {
        return send_plan_answer(s, *stopped, "stop", json::object{{"reason", stopped->reason}});
    });

    auto refused = std::make_shared<plan_asked>();
    auto* refuse = add_command(import, "refuse", "Refuse a plan, or take your own back");
    refuse->add_option("PLAN", refused->id, "Its id (ip_…)")->required();
    refuse->add_option("--reason", refused->reason, "Why")->required();
    server_of(refuse, refused);
    on_chosen(refuse, s, [&s, refused] {
        return send_plan_answer(s, *refused, "refusal", json::object{{"reason", refused->reason}});
    });
}

}  // namespace keepline::app
