// keepline subscriber …: what is on file about a person, through a running server.
#include "app/client.hpp"
#include "app/command.hpp"

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

}  // namespace

void add_subscriber_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "subscriber", "What is on file about a person: document",
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
}

}  // namespace keepline::app
