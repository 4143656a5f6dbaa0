// keepline subscriber …: what is on file about a person, through a running server.
#include "app/client.hpp"
#include "app/command.hpp"
#include "app/files.hpp"

#include <iostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

struct document_asked {
    std::string subscriber;
    std::string kind;
    std::string grounds = "renewed";
    std::string reason;
    bool shown_before = false;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};

result<std::string> line_of_stdin(const session& s, const char* what) {
    std::string out;
    std::getline(s.at.in, out);
    if (out.ends_with('\r')) out.pop_back();
    if (out.empty()) return base::refuse(base::code::invalid, std::string(what) + " is missing on stdin.");
    return out;
}

result<int> ask_for_document(const session& s, const document_asked& in) {
    TRY(number, line_of_stdin(s, "The number of the new document"));
    json::object body{
        {"document_kind", in.kind}, {"document_number", number}, {"grounds", in.grounds}, {"reason", in.reason}};
    if (in.shown_before) {
        TRY(before, line_of_stdin(s, "The number of the document on file"));
        body["shown_before"] = before;
    }
    TRY(way, connect(s, *in.server));
    const auto target = "/v1/subscribers/" + url_part(in.subscriber) + "/document";
    TRY(done, json_of(way->send({"POST", target, json::serialize(body), fresh_key(), {}, {}})));
    s.print(done);
    if (const auto* asked = done.if_object(); asked != nullptr && asked->contains("serial"))
        s.at.err << "It waits for a second person: keepline request countersign subscriber:" << in.subscriber << ' '
                 << cell_text(*asked, "serial") << '\n';
    return 0;
}

struct papers_asked {
    std::string subscriber;
    std::string document;
    std::string purpose;
    std::string file;
    std::string reason;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();

    std::string target() const { return "/v1/subscribers/" + url_part(subscriber) + "/documents"; }
    std::string target_of_one() const { return target() + "/" + url_part(document); }
    std::string body() const { return reason.empty() ? "" : json::serialize(json::object{{"reason", reason}}); }
};

result<int> add_paper(const session& s, const papers_asked& in) {
    constexpr std::size_t upload_max = 8UL * 1024 * 1024;
    TRY(bytes, read_file(in.file, upload_max));
    TRY(way, connect(s, *in.server));
    TRY(done, json_of(way->send({"POST",
                                 in.target() + "?purpose=" + url_part(in.purpose),
                                 std::move(bytes),
                                 fresh_key(),
                                 {},
                                 {},
                                 {},
                                 "application/octet-stream"})));
    s.print(done);
    return 0;
}

result<int> list_papers(const session& s, const papers_asked& in) {
    TRY(way, connect(s, *in.server));
    TRY(done, json_of(way->send({"GET", in.target(), {}, {}, {}, {}})));
    s.print(done);
    return 0;
}

result<int> open_paper(const session& s, const papers_asked& in) {
    TRY(way, connect(s, *in.server));
    TRY(answer, accepted(way->send({"POST", in.target_of_one() + "/opening", in.body(), fresh_key(), {}, {}})));
    CHECK(write_private_file(in.file, answer.body));
    s.at.err << "Written to " << in.file << "; remove it when it has been looked at.\n";
    return 0;
}

result<int> take_paper_back(const session& s, const papers_asked& in) {
    TRY(way, connect(s, *in.server));
    TRY(done, json_of(way->send({"POST", in.target_of_one() + "/withdrawal", in.body(), fresh_key(), {}, {}})));
    s.print(done);
    return 0;
}

struct archive_asked {
    std::string subscriber;
    int serial = 0;
    std::string contact;
    std::string line;
    std::string file;
    std::string reason;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();

    std::string target() const { return "/v1/subscribers/" + url_part(subscriber) + "/disclosures"; }
    std::string target_of_one() const { return target() + "/" + std::to_string(serial); }
    std::string body() const { return reason.empty() ? "" : json::serialize(json::object{{"reason", reason}}); }
};

result<int> send_archive_code(const session& s, const archive_asked& in) {
    json::object body;
    if (!in.contact.empty()) body["contact"] = in.contact;
    if (!in.line.empty()) body["line"] = in.line;
    TRY(way, connect(s, *in.server));
    const auto target = "/v1/subscribers/" + url_part(in.subscriber) + "/disclosure-codes";
    TRY(done, json_of(way->send({"POST", target, json::serialize(body), fresh_key(), {}, {}})));
    s.print(done);
    return 0;
}

/// The owner types the code; staff give a reason, and somebody else signs.
result<int> ask_for_archive(const session& s, const archive_asked& in) {
    json::object body;
    if (in.reason.empty()) {
        TRY(code, line_of_stdin(s, "The code of the message"));
        body["code"] = code;
    } else {
        body["reason"] = in.reason;
    }
    TRY(way, connect(s, *in.server));
    TRY(done, json_of(way->send({"POST", in.target(), json::serialize(body), fresh_key(), {}, {}})));
    s.print(done);
    if (const auto* asked = done.if_object(); asked != nullptr && asked->contains("act"))
        s.at.err << "It waits for a second person: keepline request countersign subscriber:" << in.subscriber << ' '
                 << cell_text(*asked, "serial") << '\n';
    return 0;
}

result<int> list_archives(const session& s, const archive_asked& in) {
    TRY(way, connect(s, *in.server));
    TRY(done, json_of(way->send({"GET", in.target(), {}, {}, {}, {}})));
    s.print(done);
    return 0;
}

result<int> stop_archive(const session& s, const archive_asked& in) {
    TRY(way, connect(s, *in.server));
    TRY(done, json_of(way->send({"POST", in.target_of_one() + "/stop", in.body(), fresh_key(), {}, {}})));
    s.print(done);
    return 0;
}

result<int> fetch_archive(const session& s, const archive_asked& in) {
    TRY(way, connect(s, *in.server));
    TRY(answer, accepted(way->send({"POST", in.target_of_one() + "/fetching", in.body(), fresh_key(), {}, {}})));
    CHECK(write_private_file(in.file, answer.body));
    s.at.err << "Written to " << in.file << ": everything about a person; keep it from others.\n";
    return 0;
}

void add_archives(CLI::App& group, session& s) {
    auto* archives =
        add_group(group, "disclosure", "Everything that is held about a person: code, ask, list, stop, fetch",
                  "keepline subscriber disclosure list sub-1");
    const auto command = [&](const char* name, const char* what, const char* example, auto run) {
        auto in = std::make_shared<archive_asked>();
        auto* made = add_command(*archives, name, what, example);
        made->add_option("SUBSCRIBER", in->subscriber, "Whose (as GET /v1/lines names them)")->required();
        add_server_options(made, in->server);
        on_chosen(made, s, [&s, in, run] { return run(s, *in); });
        return std::pair(made, in);
    };
    const auto [code, sent] = command("code", "Send its owner the code to ask with",
                                      "keepline subscriber disclosure code sub-1 --line ln_x", send_archive_code);
    code->add_option("--contact", sent->contact, "The id of a phone that is on file");
    code->add_option("--line", sent->line, "One of their lines, instead");
    const auto [ask, asked] =
        command("ask", "Ask for it: the owner types the code (stdin); staff say why, and a second person signs",
                "keepline subscriber disclosure ask sub-1 --reason \"asked at the counter\"", ask_for_archive);
    ask->add_option("--reason", asked->reason, "Why, of staff");
    command("list", "Which were asked for", "keepline subscriber disclosure list sub-1", list_archives);
    const auto [stop, stopped] =
        command("stop", "Stop one: nothing leaves any more",
                "keepline subscriber disclosure stop sub-1 1 --reason \"it was not them\"", stop_archive);
    stop->add_option("SERIAL", stopped->serial, "Which: 1, 2, …")->required();
    stop->add_option("--reason", stopped->reason, "Why, of staff");
    const auto [fetch, fetched] =
        command("fetch", "Save it as ZIP; it is journalled, and everybody on file is told",
                "keepline subscriber disclosure fetch sub-1 1 --out everything.zip", fetch_archive);
    fetch->add_option("SERIAL", fetched->serial, "Which: 1, 2, …")->required();
    fetch->add_option("--out", fetched->file, "Where to put it")->type_name("FILE")->required();
    fetch->add_option("--reason", fetched->reason, "Why, of staff");
}

void add_papers(CLI::App& group, session& s) {
    auto* papers = add_group(group, "documents", "Documents that a person handed in: add, list, open, take-back",
                             "keepline subscriber documents list sub-1");
    const auto command = [&](const char* name, const char* what, const char* example, auto run) {
        auto in = std::make_shared<papers_asked>();
        auto* made = add_command(*papers, name, what, example);
        made->add_option("SUBSCRIBER", in->subscriber, "Whose (as GET /v1/lines names them)")->required();
        add_server_options(made, in->server);
        on_chosen(made, s, [&s, in, run] { return run(s, *in); });
        return std::pair(made, in);
    };
    const auto [add, added] =
        command("add", "Hand in a JPEG or PNG picture, or a PDF",
                "keepline subscriber documents add sub-1 power.jpg --purpose power_of_attorney", add_paper);
    add->add_option("FILE", added->file, "At most 8 MiB")->required();
    add->add_option("--purpose", added->purpose, "What it is")
        ->required()
        ->check(CLI::IsMember(
            {"id_document", "power_of_attorney", "death_certificate", "guardianship", "court_order", "other"}));
    command("list", "Which there are", "keepline subscriber documents list sub-1", list_papers);
    const auto [open, opened] = command("open", "Save one to look at; the reason is journalled",
                                        "keepline subscriber documents open sub-1 dc_x --out power.jpg --reason "
                                        "\"the power of attorney of case 4821 0937 1156\"",
                                        open_paper);
    open->add_option("DOCUMENT", opened->document, "Its id: dc_…")->required();
    open->add_option("--out", opened->file, "Where to put it")->type_name("FILE")->required();
    open->add_option("--reason", opened->reason, "Why it is looked at")->required();
    const auto [back, taken] =
        command("take-back", "Take back what you handed in by mistake, within a day",
                "keepline subscriber documents take-back sub-1 dc_x --reason \"another person's\"", take_paper_back);
    back->add_option("DOCUMENT", taken->document, "Its id: dc_…")->required();
    back->add_option("--reason", taken->reason, "Why")->required();
}

struct representative_asked {
    std::string subscriber;
    std::string serial;
    std::string representative;
    std::string kind;
    std::vector<std::string> documents;
    std::string from;
    std::string until;
    std::string reason;
    std::string channel;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};

std::string representatives_of(const representative_asked& in) {
    return "/v1/subscribers/" + url_part(in.subscriber) + "/representatives";
}

result<int> admit_representative(const session& s, const representative_asked& in) {
    json::object body{{"kind", in.kind}, {"representative", in.representative}};
    json::array documents;
    for (const auto& one : in.documents) documents.emplace_back(one);
    body["documents"] = std::move(documents);
    if (!in.from.empty()) body["from"] = in.from;
    if (!in.until.empty()) body["until"] = in.until;
    TRY(way, connect(s, *in.server));
    TRY(done, json_of(way->send({"POST", representatives_of(in), json::serialize(body), fresh_key(), {}, in.channel})));
    s.print(done);
    if (const auto* asked = done.if_object(); asked != nullptr && asked->contains("act"))
        s.at.err << "It waits for a second person: keepline request countersign subscriber:" << in.subscriber << ' '
                 << cell_text(*asked, "serial") << '\n';
    return 0;
}

result<int> list_representatives(const session& s, const representative_asked& in) {
    TRY(way, connect(s, *in.server));
    TRY(done, json_of(way->send({"GET", representatives_of(in), {}, {}, {}, {}})));
    s.print(done);
    return 0;
}

result<int> stop_representative(const session& s, const representative_asked& in, const char* what) {
    const auto body = in.reason.empty() ? std::string() : json::serialize(json::object{{"reason", in.reason}});
    TRY(way, connect(s, *in.server));
    const auto target = representatives_of(in) + "/" + url_part(in.serial) + "/" + what;
    TRY(done, json_of(way->send({"POST", target, body, fresh_key(), {}, {}})));
    s.print(done);
    return 0;
}

void add_representatives(CLI::App& group, session& s) {
    auto* of = add_group(group, "representative", "Who acts for a person: admit, list, object, end",
                         "keepline subscriber representative list sub-1");
    const auto command = [&](const char* name, const char* what, const char* example, auto run) {
        auto in = std::make_shared<representative_asked>();
        auto* made = add_command(*of, name, what, example);
        made->add_option("SUBSCRIBER", in->subscriber, "Whom they act for (as GET /v1/lines names them)")->required();
        add_server_options(made, in->server);
        on_chosen(made, s, [&s, in, run] { return run(s, *in); });
        return std::pair(made, in);
    };
    const auto [admit, admitted] =
        command("admit", "Ask for somebody to act for them; a second person signs, and everybody on file is told",
                "keepline subscriber representative admit sub-1 --kind attorney --representative sub-2 "
                "--document dc_x --document dc_y",
                admit_representative);
    admit->add_option("--kind", admitted->kind, "By what they act")
        ->required()
        ->check(CLI::IsMember({"attorney", "guardian", "heir", "officer"}));
    admit->add_option("--representative", admitted->representative, "Who acts: registered as a subscriber")->required();
    admit->add_option("--document", admitted->documents, "A document that is kept of SUBSCRIBER (dc_…); again for each")
        ->required();
    admit->add_option("--from", admitted->from, "From when, as 2026-03-02T00:00:00Z; from now on if left out");
    admit->add_option("--until", admitted->until, "Until when; until it is ended if left out");
    admit->add_option("--channel", admitted->channel, "Through which channel they came")
        ->check(CLI::IsMember({"counter", "staff"}));
    command("list", "Who acts, or acted, for them", "keepline subscriber representative list sub-1",
            list_representatives);
    for (const auto& [name, path, what, example] :
         {std::tuple{"object", "objection", "Say that it is not so; it stops at once",
                     "keepline subscriber representative object sub-1 1 --reason \"the customer lives\""},
          std::tuple{"end", "end", "End it",
                     "keepline subscriber representative end sub-1 1 --reason \"the power was taken back\""}}) {
        const auto [made, in] = command(name, what, example, [path](const session& at, const representative_asked& it) {
            return stop_representative(at, it, path);
        });
        made->add_option("SERIAL", in->serial, "Its serial")->required();
        made->add_option("--reason", in->reason, "Why, in words")->required();
    }
}

}  // namespace

void add_subscriber_commands(CLI::App& root, session& s) {
    auto* group =
        add_group(root, "subscriber", "What is on file about a person: document, documents, disclosure, representative",
                  "keepline subscriber document sub-1 --kind passport --reason \"renewed\"");
    auto in = std::make_shared<document_asked>();
    auto* document =
        add_command(*group, "document", "Ask for another identity document to be on file; a second person signs",
                    "keepline subscriber document sub-1 --kind passport --reason \"passport renewed\"\n"
                    "printf 'E7654321\\nE1234567\\n' | keepline subscriber document sub-1 --kind passport "
                    "--shown-before --reason \"both seen\"");
    document->add_option("SUBSCRIBER", in->subscriber, "Whose (as GET /v1/lines names them)")->required();
    document->add_option("--kind", in->kind, "\"id-card\", \"passport\"; its number is read from stdin")->required();
    document->add_option("--grounds", in->grounds, "renewed, mistyped, or never_noted where none is on file")
        ->check(CLI::IsMember({"renewed", "mistyped", "never_noted"}))
        ->capture_default_str();
    document->add_flag("--shown-before", in->shown_before,
                       "The one on file was shown too: its number is the second line");
    document->add_option("--reason", in->reason, "Why, in words")->required();
    add_server_options(document, in->server);
    on_chosen(document, s, [&s, in] { return ask_for_document(s, *in); });
    add_papers(*group, s);
    add_representatives(*group, s);
    add_archives(*group, s);
}

}  // namespace keepline::app
