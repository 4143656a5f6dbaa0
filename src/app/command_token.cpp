// keepline token …: access tokens, straight in the store, past the API; a running server journals it within a second,
// and before the first start. A token is shown once; stored is only its keyed digest.
#include "app/going_on.hpp"
#include "app/keys.hpp"
#include "app/sandbox.hpp"
#include "app/store_notes.hpp"
#include "app/system_random.hpp"
#include "desk/roles.hpp"
#include "desk/views.hpp"
#include "store/sqlite_tokens.hpp"

#include <algorithm>
#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

constexpr std::size_t token_bytes = 32;
constexpr std::size_t max_note_bytes = 200;

struct token_asked {
    std::string role;
    std::string id;
    std::string person;
    std::vector<std::string> channels;
    std::string note;
    int days = 0;
};

result<std::unique_ptr<store::sqlite_tokens>> open_tokens(const config& how) {
    CHECK(make_folders(how));
    CHECK(check_store_is_there(how));
    system_random random;
    TRY(key, seal_key_of(how));
    TRY(notes, store::sqlite_notebook::open(how.store.path, key));
    TRY(secrets, load_secrets(how, *notes, random));
    return store::sqlite_tokens::open(how.store.path, secrets.seal_key());
}

/// The first two administrators are made by whoever sets the installation up; see docs/operating.md.
constexpr int founders = 2;

result<void> complete(port::token_record& record, const token_asked& in, const tokens_config& how) {
    std::vector<domain::channel> wanted;
    for (const auto& one : in.channels) {
        const auto named = base::enum_named<domain::channel>(one);
        if (!named) return base::refuse(base::code::invalid, "--channel " + one + ": there is no such channel.");
        wanted.push_back(*named);
    }
    TRY(channels, desk::bound_channels(record.who.as, wanted));
    record.channels = std::move(channels);
    const bool staff = desk::is_staff(record.who.as);
    const auto usual = staff ? how.staff_days : how.machine_days;
    record.expires_at = record.created_at + base::days{in.days > 0 ? in.days : usual};
    if (!staff) return {};
    auto person = base::label::parse(in.person.empty() ? in.id : in.person);
    if (!person) return base::refuse(base::code::invalid, "--person " + in.person + ": " + person.error().words);
    record.who.person = std::move(*person);
    return {};
}

result<int> create(const session& s, const token_asked& in) {
    TRY(settings, s.settings());
    auto id = base::label::parse(in.id);
    if (!id) return base::refuse(base::code::invalid, "--id " + in.id + ": " + id.error().words);
    TRY(tokens, open_tokens(settings));
    system_random random;
    TRY(key, seal_key_of(settings));
    TRY(notes, store::sqlite_notebook::open(settings.store.path, key));
    TRY(secrets, load_secrets(settings, *notes, random));
    TRY(now, now_of(*notes));
    const auto token = random.token(token_bytes);
    port::token_record record;
    record.digest = secrets.keyed_digest("token", "", token);
    const auto role = base::enum_named<domain::role>(in.role);
    if (!role) return base::refuse(base::code::invalid, "--role " + in.role + " is no role.");
    record.who.as = *role;
    record.who.id = std::move(*id);
    record.note = in.note;
    record.created_at = now;
    CHECK(complete(record, in, settings.tokens));
    TRY(all, tokens->all());
    // One that was lost and revoked before the first start was nobody's.
    const auto admins = std::ranges::count_if(
        all, [](const auto& one) { return one.who.as == domain::role::admin && (one.in_journal || !one.revoked_at); });
    record.origin = record.who.as == domain::role::admin && admins < founders ? domain::token_origin::founding
                                                                              : domain::token_origin::file;
    CHECK(tokens->add(record));
    if (s.json) {
        json::object out{{"token", token},
                         {"id", in.id},
                         {"role", in.role},
                         {"note", in.note},
                         {"created_at", base::iso(record.created_at)}};
        if (record.expires_at) out["expires_at"] = base::iso(*record.expires_at);
        s.print(out);
    } else {
        s.at.out << token << '\n';
        s.at.err << "This token is shown once. Use it as: export KEEPLINE_TOKEN=<token>\n";
        if (record.origin == domain::token_origin::file)
            s.at.err
                << "It was made past the API: the server journals it, tells every administrator, and counts it as\n"
                   "one person with all others made so; it signs nothing until an administrator acknowledges it.\n"
                   "Usually: POST /v1/tokens, signed by a second administrator.\n";
    }
    return 0;
}

/// Made at the command line it waits for nothing but the server that takes it up.
std::string state_of(const port::token_record& one, base::instant now) {
    if (one.on_hold) return "on hold";
    if (one.revoked_at) return "revoked";
    if (one.expires_at && *one.expires_at <= now) return "expired";
    const bool by_file = one.origin == domain::token_origin::file || one.origin == domain::token_origin::founding;
    return one.in_journal || by_file ? "in force" : "waits for a signature";
}

result<int> list(const session& s) {
    TRY(settings, s.settings());
    TRY(tokens, open_tokens(settings));
    TRY(all, tokens->all());
    TRY(notes, notebook_of(settings));
    TRY(now, now_of(*notes));
    json::array items;
    std::vector<std::vector<std::string>> rows;
    const auto day = [](const std::optional<base::instant>& at) {
        return at ? base::iso(*at).substr(0, 10) : std::string("-");
    };
    for (const auto& one : all) {
        items.push_back(*base::parse_json(base::to_json(desk::token_of(one, now), base::form::api)));
        rows.push_back({one.who.id.text(), boost::describe::enum_to_string(one.who.as, ""), state_of(one, now),
                        day(one.created_at), day(one.expires_at), day(one.revoked_at), printable(one.note)});
    }
    if (s.json)
        s.print(json::object{{"items", std::move(items)}});
    else
        s.at.out << table({"ID", "ROLE", "STATE", "CREATED", "EXPIRES", "REVOKED", "NOTE"}, rows);
    const auto held = std::ranges::count_if(all, &port::token_record::on_hold);
    if (!s.json && held > 0)
        s.at.err << held << " on hold since a restore: keepline token confirm ID puts a holder's in force again.\n";
    return 0;
}

result<int> revoke(const session& s, const std::string& id) {
    TRY(settings, s.settings());
    TRY(tokens, open_tokens(settings));
    TRY(notes, notebook_of(settings));
    TRY(now, now_of(*notes));
    TRY(before, tokens->all());
    const bool held =
        std::ranges::any_of(before, [&](const auto& one) { return one.on_hold && one.who.id.text() == id; });
    TRY(of_staff, tokens->revoke(false, id, now));
    TRY(of_customers, tokens->revoke(true, id, now));
    const int revoked = of_staff + of_customers;
    if (s.json)
        s.print(json::object{{"revoked", revoked}});
    else
        s.at.out << revoked << " revoked; a running server knows within 5 seconds\n";
    if (revoked == 0 && held) {
        s.at.err << "What was on hold since a restore stays out of force, also when the others are confirmed.\n";
        return 0;
    }
    if (revoked == 0)
        return base::refuse(base::code::not_found, "`" + printable(id) + "` holds no token that is in force.");
    return 0;
}

result<int> confirm(const session& s, const going_on& in, bool all) {
    if (in.holder.empty() != all) return base::refuse(base::code::invalid, "Name one holder, or --all.");
    return let_go_on(s, in, "puts the tokens of " + (all ? std::string("everybody") : in.holder) + " in force again");
}

}  // namespace

void add_token_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "token", "Access tokens for the API: create, list, revoke",
                            "keepline token create --role admin --id me\n"
                            "keepline token create --role agent --id shop-12 --note \"counter 3\" --days 90\n"
                            "keepline token revoke shop-12");
    auto in = std::make_shared<token_asked>();
    auto* make = add_command(*group, "create", "Make a token and show it, once",
                             "export KEEPLINE_TOKEN=$(keepline token create --role reviewer --id ada)");
    make->add_option("--role", in->role, "What it may do")
        ->required()
        ->check(CLI::IsMember({"subscriber", "agent", "reviewer", "admin", "system", "portal"}));
    make->add_option("--id", in->id,
                     "Who holds it: how they appear in journals (for role subscriber: the subscriber's id)")
        ->required();
    make->add_option("--person", in->person, "The human being who holds it (agent, reviewer, admin); default: the id");
    make->add_option("--channel", in->channels,
                     "What it may speak through, several times; default: as its role usually does")
        ->check(CLI::IsMember({"web", "app", "hotline", "counter", "staff", "bulk"}));
    make->add_option("--note", in->note, "For those who manage tokens; no personal data")
        ->check(shown_words(max_note_bytes));
    make->add_option("--days", in->days, "It expires after so many days; default: [tokens] in the configuration")
        ->check(CLI::Range(1, 3650));
    on_chosen(make, s, [&s, in] { return create(s, *in); });
    on_chosen(add_command(*group, "list", "List all tokens, without the tokens themselves"), s,
              [&s] { return list(s); });
    auto holder = std::make_shared<std::string>();
    auto* end = add_command(*group, "revoke", "Revoke every token of a holder", "keepline token revoke shop-12");
    end->add_option("ID", *holder, "The holder")->required();
    on_chosen(end, s, [&s, holder] { return revoke(s, *holder); });
    auto confirmed = std::make_shared<going_on>();
    confirmed->what = domain::stop_kind::tokens;
    auto all = std::make_shared<bool>(false);
    auto* again = add_command(*group, "confirm", "After a restore: the tokens of a holder are in force again",
                              "keepline token confirm shop-12");
    again->add_option("ID", confirmed->holder, "The holder");
    again->add_flag("--all", *all, "Of everybody: only if nobody's token was revoked since the backup");
    add_going_on_options(again, confirmed);
    on_chosen(again, s, [&s, confirmed, all] { return confirm(s, *confirmed, *all); });
}

}  // namespace keepline::app
