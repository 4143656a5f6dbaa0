// keepline closure …: the case, stage by stage, through a running server. A table of steps; each row is one POST of the
// API.
#include "app/client.hpp"
#include "app/command.hpp"
#include "app/files.hpp"
#include "domain/number/closure.hpp"

#include <algorithm>
#include <iostream>

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

/// One member of a step's body and how it is given.
struct member {
    enum class kind { text, number, list, flag, secret };  // secret: "-" reads it from stdin
    const char* name;                                      // in the body
    const char* option;                                    // "--reason", or "CODE" for an argument
    const char* what;
    kind as = kind::text;
    bool needed = true;
    std::vector<std::string> choices{};
    bool value = false;  // of the member, when its flag is given
};

struct step {
    const char* name;
    const char* path;  // behind /v1/closures/{id}/
    const char* what;
    std::vector<member> members{};
    bool needs_version = false;  // If-Match: what was decided upon must not have changed
    const char* example = "";
};

using as = member::kind;

/// Up to the submission.
std::vector<step> steps_of_an_application() {
    const std::vector<std::string> seen{"id_document", "bank_card", "staff_sighting", "callback"};
    return {
        {"quote", "quotes", "Compute the blocks again and issue a new quote"},
        {"accept",
         "quote-acceptance",
         "Accept a quote, and name the linked products to detach",
         {{"quote", "--quote", "The quote's number", as::number},
          {"detach", "--detach", "A product to detach; repeat it for several", as::list, false}},
         false,
         "keepline closure accept ln_x-c1 --quote 1 --detach fibre-77"},
        {"payout",
         "payout",
         "How what is left is paid back, where the policy gives a choice",
         {{"how", "--how", "account, cash or waive", as::text, true, {"account", "cash", "waive"}}},
         false,
         "keepline closure payout ln_x-c1 --how cash"},
        {"send-code",
         "otps",
         "Send a one-time code to a contact point",
         {{"contact", "--contact", "`line`, or a contact's id"}},
         false,
         "keepline closure send-code ln_x-c1 --contact line"},
        {"answer-code",
         "otp-answers",
         "Tell the code that the customer read",
         {{"code", "CODE", "-: eight digits, read from stdin", as::secret}}},
        {"recovery-code",
         "recovery-code",
         "Show a recovery code",
         {{"code", "CODE", "-: the code, read from stdin", as::secret}}},
        {"evidence",
         "evidence",
         "Record what staff or a verification system saw",
         {{"kind", "--kind", "What was shown", as::text, true, seen},
          {"method", "--method", "Where and how: \"counter 12\""},
          {"shown", "--shown", "-: what was shown (a document number), read from stdin; only a keyed digest is kept",
           as::secret, false},
          {"passed", "--failed", "It did not match", as::flag, false}},
         false,
         "keepline closure evidence ln_x-c1 --kind staff_sighting --method \"counter 12\""},
        {"prepare-backup", "backup", "Make the customer's archive ready for download"},
        {"decline-backup", "backup-refusal", "The customer wants no archive"},
        {"submit",
         "submission",
         "Submit the application: the clock starts, charges stop",
         {{"line_only",
           "--line-only",
           "The applicant says that there is no contact point but the line",
           as::flag,
           false,
           {},
           true}},
         false,
         "keepline closure submit ln_x-c1 --line-only"},
    };
}

/// From then on.
std::vector<step> steps_of_a_case() {
    const member reason{"reason", "--reason", "Why, in words"};
    return {
        {"want-information",
         "information-requests",
         "Ask for information; the clock stops",
         {{"what", "--what", "What is needed"}}},
        {"give-information",
         "information",
         "The information was given; the clock goes on",
         {{"reference", "--reference", "Where it is kept"}}},
        {"approve",
         "approval",
         "Approve (high risk takes two reviewers)",
         {reason},
         true,
         "keepline closure approve ln_x-c1 --reason \"documents match\""},
        {"reject", "rejection", "Reject, with the reason that the customer is told", {reason}, true},
        {"withdraw", "withdrawal", "Withdraw the application; possible until it settles"},
        {"repudiate",
         "repudiation",
         "\"That was not me\": holds the case for fraud",
         {{"contact", "--contact", "The contact point that said so", as::text, false}}},
        {"clear-fraud", "fraud-clearance", "It was no fraud; the review starts again", {reason}},
        {"confirm-fraud", "fraud-confirmation", "It was fraud; the case is rejected", {reason}},
        {"write-off",
         "write-offs",
         "Declare a device gone",
         {{"iccid", "--iccid", "Its profile"}, {"why", "--why", "Why"}}},
    };
}

const std::vector<step>& steps() {
    static const auto all = [] {
        auto out = steps_of_an_application();
        for (auto& one : steps_of_a_case()) out.push_back(std::move(one));
        return out;
    }();
    return all;
}

struct given {
    std::string id;
    std::string channel;
    std::string if_match;
    std::vector<std::string> texts;
    std::vector<std::vector<std::string>> lists;
    std::vector<std::int64_t> numbers;
    std::vector<int> flags;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};

std::string closure_path(const std::string& id) { return "/v1/closures/" + url_part(id); }

result<std::string> body_of(const session& s, const step& what, const given& in) {
    json::object body;
    for (std::size_t i = 0; i < what.members.size(); ++i) {
        const auto& one = what.members[i];
        auto text = in.texts[i];
        if (one.as == as::secret && !text.empty() && text != "-")
            return base::refuse(base::code::invalid,
                                std::string(one.option) +
                                    " is a secret, and everybody on the machine can read the command line: write - for "
                                    "it, and give it on stdin.");
        if (one.as == as::secret && text == "-" && !std::getline(s.at.in, text))
            return base::refuse(base::code::invalid, "There was nothing on stdin.");
        switch (one.as) {
            case as::number: body[one.name] = in.numbers[i]; break;
            case as::flag: body[one.name] = (in.flags[i] != 0) == one.value; break;  // --failed: passed is false
            case as::list:
                if (!in.lists[i].empty()) body[one.name] = json::value_from(in.lists[i]);
                break;
            default:
                if (!text.empty()) body[one.name] = text;
        }
    }
    return json::serialize(body);
}

/// The facts in the order of the case's life; everything else is in `closure show`.
void print_case(const session& s, const json::value& answer) {
    if (s.json || !answer.is_object()) return s.print(answer);
    json::object shown;
    for (const char* name : {"id",
                             "stage",
                             "risk",
                             "blocks",
                             "quote",
                             "evidence_wanted",
                             "evidence",
                             "backup",
                             "due",
                             "due_provisional",
                             "cooling_off_until",
                             "info_wanted",
                             "approvals",
                             "decision_reason",
                             "complain_to",
                             "profiles",
                             "network",
                             "refund",
                             "payout",
                             "closed_at",
                             "held_since",
                             "line_only",
                             "holds"})
        if (const auto* found = answer.get_object().if_contains(name)) shown[name] = *found;
    s.print(shown);
}

result<int> take_step(const session& s, const step& what, const given& in) {
    TRY(body, body_of(s, what, in));
    TRY(way, connect(s, *in.server));
    auto version = in.if_match;
    if (what.needs_version && version.empty()) {
        TRY(seen, accepted(way->send({"GET", closure_path(in.id), {}, {}, {}, {}})));
        version = seen.etag;
    } else if (!version.empty() && !version.starts_with('"')) {
        version = "\"" + version + "\"";
    }
    TRY(answer,
        json_of(way->send({"POST", closure_path(in.id) + "/" + what.path, body, fresh_key(), version, in.channel})));
    print_case(s, answer);
    return 0;
}

void add_options(CLI::App* command, const std::shared_ptr<given>& in, bool versioned) {
    command->add_option("--channel", in->channel, "Through which channel the customer came")
        ->check(CLI::IsMember({"web", "app", "hotline", "counter", "staff", "bulk"}));
    if (versioned)
        command->add_option("--if-match", in->if_match, "Only if the line is still at this version")
            ->type_name("VERSION");
    add_server_options(command, in->server);
}

void add_step(CLI::App& group, session& s, const step& what) {
    auto* command = add_command(group, what.name, what.what, what.example);
    auto in = std::make_shared<given>();
    command->add_option("ID", in->id, "The closure: ln_…-c1")->required();
    in->texts.resize(what.members.size());
    in->lists.resize(what.members.size());
    in->numbers.resize(what.members.size());
    in->flags.resize(what.members.size());
    for (std::size_t i = 0; i < what.members.size(); ++i) {
        const auto& one = what.members[i];
        CLI::Option* option = nullptr;
        switch (one.as) {
            case as::number: option = command->add_option(one.option, in->numbers[i], one.what); break;
            case as::list: option = command->add_option(one.option, in->lists[i], one.what); break;
            case as::flag: option = command->add_flag(one.option, in->flags[i], one.what); break;
            default: option = command->add_option(one.option, in->texts[i], one.what);
        }
        option->required(one.needed);
        if (!one.choices.empty()) option->check(CLI::IsMember(one.choices));
    }
    add_options(command, in, true);
    on_chosen(command, s, [&s, &what, in] { return take_step(s, what, *in); });
}

std::vector<std::string> closing_reasons() {
    std::vector<std::string> out;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<domain::closing_reason>>(
        [&](auto one) { out.emplace_back(one.name); });
    return out;
}

void add_open(CLI::App& group, session& s) {
    auto* command = add_command(group, "open", "Apply to close a line, or find the case that is open already",
                                "keepline closure open +8613800138000 --reason moving_abroad --channel counter");
    auto in = std::make_shared<given>();
    auto reason = std::make_shared<std::string>("not_needed");
    auto on_behalf = std::make_shared<int>(0);
    command->add_option("LINE", in->id, "The line: its id (ln_…) or its number")->required();
    command->add_option("--reason", *reason, "Why")->check(CLI::IsMember(closing_reasons()))->capture_default_str();
    command
        ->add_option("--on-behalf", *on_behalf,
                     "For whoever acts for the owner: their serial (keepline subscriber representative list)")
        ->check(CLI::PositiveNumber);
    add_options(command, in, false);
    on_chosen(command, s, [&s, in, reason, on_behalf]() -> result<int> {
        TRY(way, connect(s, *in->server));
        TRY(line, line_id(*way, in->id));
        json::object said{{"reason", *reason}};
        if (*on_behalf > 0) said["on_behalf"] = *on_behalf;
        const auto body = json::serialize(said);
        TRY(answer, json_of(way->send(
                        {"POST", "/v1/lines/" + url_part(line) + "/closures", body, fresh_key(), {}, in->channel})));
        print_case(s, answer);
        return 0;
    });
}

void add_eligibility(CLI::App& group, session& s) {
    auto* command = add_command(group, "eligibility", "What a closing would meet and cost; no case is opened",
                                "keepline closure eligibility +8613800138000");
    auto in = std::make_shared<given>();
    command->add_option("LINE", in->id, "The line: its id (ln_…) or its number")->required();
    add_options(command, in, false);
    on_chosen(command, s, [&s, in]() -> result<int> {
        TRY(way, connect(s, *in->server));
        TRY(line, line_id(*way, in->id));
        TRY(answer,
            json_of(way->send({"GET", "/v1/lines/" + url_part(line) + "/eligibility", {}, {}, {}, in->channel})));
        s.print(answer);
        return 0;
    });
}

std::string text_in(const json::object& in, std::string_view name) {
    const auto* found = in.if_contains(name);
    if (found == nullptr) return "-";
    if (found->is_string()) return printable(found->get_string());
    return found->is_bool() ? (found->get_bool() ? "yes" : "") : json::serialize(*found);
}

/// All pages; a queue is read to its end.
result<json::array> all_pages(api_way& way, const std::string& target) {
    json::array out;
    for (std::string after;;) {
        TRY(page,
            json_of(way.send({"GET", target + (after.empty() ? "" : "&after=" + url_part(after)), {}, {}, {}, {}})));
        const auto* items = page.is_object() ? page.get_object().if_contains("items") : nullptr;
        if (items == nullptr || !items->is_array())
            return base::refuse(base::code::peer_garbled, "The server's answer has no items.");
        for (const auto& item : items->get_array()) out.push_back(item);
        const auto* next = page.get_object().if_contains("next");
        if (next == nullptr || !next->is_string() || next->get_string() == after) return out;
        after = next->get_string();
    }
}

void add_list(CLI::App& group, session& s) {
    auto* command = add_command(group, "list", "The queue of open cases; with --stage also those that have ended",
                                "keepline closure list --stage in_review --overdue");
    auto in = std::make_shared<given>();
    auto stage = std::make_shared<std::string>();
    auto overdue = std::make_shared<bool>(false);
    command->add_option("--stage", *stage, "Only this stage")
        ->check(CLI::IsMember({"opened", "in_review", "approved", "unbinding", "settling", "fraud_hold",
                               "network_mismatch", "closed", "disputed", "withdrawn", "rejected", "expired"}));
    command->add_flag("--overdue", *overdue, "Only cases whose review is past its due date");
    add_server_options(command, in->server);
    on_chosen(command, s, [&s, in, stage, overdue]() -> result<int> {
        TRY(way, connect(s, *in->server));
        TRY(items, all_pages(*way, "/v1/closures?limit=200" + (stage->empty() ? "" : "&stage=" + *stage) +
                                       (*overdue ? "&overdue=true" : "")));
        if (s.json) {
            s.print(json::object{{"items", std::move(items)}});
            return 0;
        }
        std::vector<std::vector<std::string>> rows;
        for (const auto& item : items) {
            const auto* one = item.if_object();
            if (one == nullptr) continue;
            rows.push_back({text_in(*one, "id"), text_in(*one, "number"), text_in(*one, "reference"),
                            text_in(*one, "stage"), text_in(*one, "risk"), text_in(*one, "due"),
                            text_in(*one, "overdue"), text_in(*one, "approvals"), text_in(*one, "reason")});
        }
        s.at.out << table({"ID", "NUMBER", "REFERENCE", "STAGE", "RISK", "DUE", "OVERDUE", "APPROVALS", "REASON"},
                          rows);
        return 0;
    });
}

/// To a file (made for its owner only) or, where none is named, to stdout.
result<void> deliver(const session& s, const std::string& file, const std::string& content) {
    if (file.empty()) {
        s.at.out << content << (content.ends_with('\n') ? "" : "\n");
        return {};
    }
    return write_private_file(file, content);
}

void add_show(CLI::App& group, session& s) {
    auto* command = add_command(group, "show", "Everything about a case", "keepline closure show ln_x-c1");
    auto in = std::make_shared<given>();
    command->add_option("ID", in->id, "The closure: ln_…-c1")->required();
    add_server_options(command, in->server);
    on_chosen(command, s, [&s, in]() -> result<int> {
        TRY(way, connect(s, *in->server));
        TRY(answer, json_of(way->send({"GET", closure_path(in->id), {}, {}, {}, {}})));
        s.print(answer);
        return 0;
    });
}

void add_files(CLI::App& group, session& s) {
    auto file = std::make_shared<std::string>();
    auto reason = std::make_shared<std::string>();
    auto certificate = std::make_shared<given>();
    auto page = std::make_shared<bool>(false);
    auto* fetch = add_command(group, "certificate", "Fetch the closing certificate, signed or to be read and printed",
                              "keepline closure certificate ln_x-c1 --out certificate.jws\n"
                              "keepline closure certificate ln_x-c1 --html --out certificate.html");
    fetch->add_flag("--html", *page, "As a page that people read and print");
    fetch->add_option("ID", certificate->id, "The closure: ln_…-c1")->required();
    fetch->add_option("--out", *file, "Where to put it; default: stdout")->type_name("FILE");
    add_server_options(fetch, certificate->server);
    on_chosen(fetch, s, [&s, certificate, file, page]() -> result<int> {
        TRY(way, connect(s, *certificate->server));
        TRY(answer,
            accepted(way->send(
                {"GET", closure_path(certificate->id) + "/certificate", {}, {}, {}, {}, *page ? "text/html" : ""})));
        CHECK(deliver(s, *file, answer.body));
        return 0;
    });

    auto backup = std::make_shared<given>();
    auto* archive =
        add_command(group, "fetch-backup", "Fetch the customer's archive (after prepare-backup)",
                    "keepline closure fetch-backup ln_x-c1 --out backup.zip --reason \"customer at counter 12\"");
    archive->add_option("ID", backup->id, "The closure: ln_…-c1")->required();
    archive->add_option("--out", *file, "Where to put it")->type_name("FILE")->required();
    archive->add_option("--reason", *reason, "Why personal data is read; it is journalled");
    add_server_options(archive, backup->server);
    on_chosen(archive, s, [&s, backup, file, reason]() -> result<int> {
        TRY(way, connect(s, *backup->server));
        const auto query = reason->empty() ? "" : "?reason=" + url_part(*reason);
        TRY(answer, accepted(way->send({"GET", closure_path(backup->id) + "/backup" + query, {}, {}, {}, {}})));
        CHECK(deliver(s, *file, answer.body));
        return 0;
    });
}

}  // namespace

void add_closure_commands(CLI::App& root, session& s) {
    auto* group =
        add_group(root, "closure", "Closures, through a running server: list, show, eligibility, and every step",
                  "keepline closure list --stage in_review\n"
                  "keepline closure open +8613800138000 --reason moving_abroad\n"
                  "keepline closure approve ln_x-c1 --reason \"documents match\"");
    add_list(*group, s);
    add_show(*group, s);
    add_eligibility(*group, s);
    add_open(*group, s);
    for (const auto& what : steps()) add_step(*group, s, what);
    add_files(*group, s);
}

}  // namespace keepline::app
