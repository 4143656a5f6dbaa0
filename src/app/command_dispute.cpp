// keepline dispute …: what the owner of a closed line holds to be wrong in its certificate, through a running server.
#include "app/client.hpp"
#include "app/command.hpp"
#include "domain/number/dispute.hpp"

#include <iostream>

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>

namespace keepline::app {

namespace dispute_commands {  // its words are common ones
namespace {

namespace json = boost::json;

struct given {
    std::string closure;
    std::string serial;
    std::string channel;
    std::string part;
    std::string item;
    std::string words;
    std::string value;
    std::string reason;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};
using given_ptr = std::shared_ptr<given>;

std::vector<std::string> parts() {
    std::vector<std::string> out;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<domain::certificate_part>>(
        [&](auto one) { out.emplace_back(one.name); });
    return out;
}

std::string path_of(const given& in) { return "/v1/closures/" + url_part(in.closure) + "/disputes"; }

result<int> post(const session& s, const given& in, const std::string& path, const json::object& body) {
    TRY(way, connect(s, *in.server));
    TRY(answer, json_of(way->send({"POST", path, json::serialize(body), fresh_key(), {}, in.channel})));
    s.print(answer);
    return 0;
}

result<int> get(const session& s, const given& in, const std::string& path) {
    TRY(way, connect(s, *in.server));
    TRY(answer, json_of(way->send({"GET", path, {}, {}, {}, {}})));
    s.print(answer);
    return 0;
}

given_ptr with_server(CLI::App* command) {
    auto in = std::make_shared<given>();
    command->add_option("--channel", in->channel, "Through which channel the customer came")
        ->check(CLI::IsMember({"web", "app", "hotline", "counter", "staff", "bulk"}));
    add_server_options(command, in->server);
    return in;
}

given_ptr about_one(CLI::App* command) {
    auto in = with_server(command);
    command->add_option("ID", in->closure, "The closure: ln_…-c1")->required();
    command->add_option("SERIAL", in->serial, "Which dispute: 1, 2, …")->required();
    return in;
}

void add_open(CLI::App& group, session& s) {
    auto* command = add_command(group, "open", "Say that a line of the certificate is wrong",
                                "keepline dispute open ln_x-c1 --part charged --item closing_fee --words -");
    auto in = with_server(command);
    command->add_option("ID", in->closure, "The closure: ln_…-c1")->required();
    command->add_option("--part", in->part, "Which line")->required()->check(CLI::IsMember(parts()));
    command->add_option("--item", in->item, "Which of several: an ICCID, the kind of a charge, a step of the network");
    command->add_option("--words", in->words, "-: what the owner says, read from stdin")
        ->required()
        ->check(CLI::IsMember({"-"}));
    on_chosen(command, s, [&s, in]() -> result<int> {
        std::string words;
        if (!std::getline(s.at.in, words)) return base::refuse(base::code::invalid, "There was nothing on stdin.");
        json::object body{{"part", in->part}, {"words", words}};
        if (!in->item.empty()) body["item"] = in->item;
        return post(s, *in, path_of(*in), body);
    });
}

void add_list(CLI::App& group, session& s) {
    auto* command = add_command(group, "list", "What waits for an answer, of all lines or of one case",
                                "keepline dispute list --closure ln_x-c1");
    auto in = with_server(command);
    command->add_option("--closure", in->closure, "Only of this closure, those that are answered too: ln_…-c1");
    on_chosen(command, s,
              [&s, in] { return get(s, *in, in->closure.empty() ? "/v1/disputes?limit=200" : path_of(*in)); });
}

void add_read(CLI::App& group, session& s) {
    auto* command = add_command(group, "read", "What its owner says; who reads it and why is written down",
                                "keepline dispute read ln_x-c1 1 --reason \"to answer it\"");
    const auto in = about_one(command);
    command->add_option("--reason", in->reason, "Why, in words")->required();
    on_chosen(command, s, [&s, in] {
        return get(s, *in, path_of(*in) + "/" + url_part(in->serial) + "?reason=" + url_part(in->reason));
    });
}

void add_answers(CLI::App& group, session& s) {
    auto* withdraw = add_command(group, "withdraw", "Its owner takes it back", "keepline dispute withdraw ln_x-c1 1");
    const auto taken_back = about_one(withdraw);
    on_chosen(withdraw, s, [&s, in = taken_back] {
        return post(s, *in, path_of(*in) + "/" + url_part(in->serial) + "/withdrawal", {});
    });

    auto* refuse =
        add_command(group, "refuse", "The certificate stays as it is, with the reason that the owner is told",
                    "keepline dispute refuse ln_x-c1 1 --reason \"the fee is in the contract\"");
    const auto refused = about_one(refuse);
    refuse->add_option("--reason", refused->reason, "Why, in words")->required();
    on_chosen(refuse, s, [&s, in = refused] {
        return post(s, *in, path_of(*in) + "/" + url_part(in->serial) + "/refusal", {{"reason", in->reason}});
    });

    auto* correct = add_command(group, "correct", "Issue the certificate anew; a second person signs",
                                "keepline dispute correct ln_x-c1 1 --value 0 --reason \"no fee was agreed\"");
    const auto corrected = about_one(correct);
    correct->add_option("--value", corrected->value, "What the line should say")->required();
    correct->add_option("--reason", corrected->reason, "Why, in words")->required();
    on_chosen(correct, s, [&s, in = corrected] {
        return post(s, *in, path_of(*in) + "/" + url_part(in->serial) + "/correction",
                    {{"value", in->value}, {"reason", in->reason}});
    });
}

}  // namespace
}  // namespace dispute_commands

void add_dispute_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "dispute", "What an owner holds to be wrong in a certificate");
    dispute_commands::add_open(*group, s);
    dispute_commands::add_list(*group, s);
    dispute_commands::add_read(*group, s);
    dispute_commands::add_answers(*group, s);
}

}  // namespace keepline::app
