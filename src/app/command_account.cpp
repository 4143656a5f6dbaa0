// keepline account …: with what staff sign in at the console, through a running server.
#include "app/client.hpp"
#include "app/command.hpp"

#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {
namespace accounts {

namespace json = boost::json;

struct account_asked {
    std::string name;
    std::string role;
    std::string person;
    std::vector<std::string> channels;
    std::string reason;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};
using account_ptr = std::shared_ptr<account_asked>;

result<int> list(const session& s, const account_asked& in) {
    return print_list(s, *in.server, "/v1/staff-accounts",
                      {{"NAME", "name"},
                       {"ROLE", "role"},
                       {"PERSON", "person"},
                       {"STATE", "state"},
                       {"BY", "by"},
                       {"SIGNED IN", "signed_in_at"}});
}

result<int> post(const session& s, const account_asked& in, const std::string& target, const json::object& body) {
    TRY(way, connect(s, *in.server));
    TRY(done, json_of(way->send({"POST", target, json::serialize(body), fresh_key(), {}, {}})));
    s.print(done);
    const auto* answer = done.if_object();
    if (answer == nullptr) return 0;
    if (answer->contains("invitation"))
        s.at.err << "The invitation is shown once: hand it to that person, who sets a password with it at /console.\n";
    if (answer->contains("request"))
        s.at.err << "It waits for a second administrator: keepline request countersign token:" << in.name << ' '
                 << cell_text(*answer, "request") << '\n';
    return 0;
}

json::object account_of(const account_asked& in) {
    json::object out{{"name", in.name}, {"role", in.role}};
    if (!in.person.empty()) out["person"] = in.person;
    if (!in.channels.empty()) out["channels"] = json::array(in.channels.begin(), in.channels.end());
    return out;
}

CLI::App* about_one(CLI::App& group, const account_ptr& in, const std::string& name, const std::string& what,
                    const std::string& example) {
    auto* out = add_command(group, name, what, example);
    out->add_option("NAME", in->name, "The account")->required();
    add_server_options(out, in->server);
    return out;
}

}  // namespace accounts
}  // namespace

void add_account_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "account", "With what staff sign in at the console: add, list, disable, reset",
                            "keepline account add cleo --role reviewer\nkeepline account list");
    auto in = std::make_shared<accounts::account_asked>();
    auto* make = accounts::about_one(*group, in, "add",
                                     "Ask for an account; a second administrator signs, except for an agent's",
                                     "keepline account add cleo --role reviewer");
    make->add_option("--role", in->role, "What its holder may do")
        ->required()
        ->check(CLI::IsMember({"agent", "reviewer", "admin"}));
    make->add_option("--person", in->person, "The human being; default: the name");
    make->add_option("--channel", in->channels, "What they speak through, several times; default: as the role does")
        ->check(CLI::IsMember({"hotline", "counter", "staff", "bulk"}));
    on_chosen(make, s, [&s, in] { return accounts::post(s, *in, "/v1/staff-accounts", accounts::account_of(*in)); });
    auto* all = add_command(*group, "list", "All accounts, and how they are");
    add_server_options(all, in->server);
    on_chosen(all, s, [&s, in] { return accounts::list(s, *in); });
    auto* end = accounts::about_one(*group, in, "disable", "Nobody signs in with it any more; its sessions end",
                                    "keepline account disable cleo --reason \"left the company\"");
    end->add_option("--reason", in->reason, "Why, in words")->required();
    on_chosen(end, s, [&s, in] {
        return accounts::post(s, *in, "/v1/staff-accounts/" + url_part(in->name) + "/disablement",
                              {{"reason", in->reason}});
    });
    on_chosen(accounts::about_one(*group, in, "reset", "A new invitation; password and authenticator hold no longer",
                                  "keepline account reset cleo"),
              s,
              [&s, in] { return accounts::post(s, *in, "/v1/staff-accounts/" + url_part(in->name) + "/reset", {}); });
}

}  // namespace keepline::app
