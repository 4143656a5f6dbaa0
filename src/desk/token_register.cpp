#include "desk/token_register.hpp"

#include "desk/ask.hpp"

#include <algorithm>
#include <set>

namespace keepline::desk {

using base::code;
using domain::role;
using domain::token_origin;

namespace {

constexpr std::size_t noted_max = 10'000;
constexpr std::int64_t day_ms = 86'400'000;

domain::actor console() { return {role::system, base::label::trusted(std::string(domain::console_name))}; }

bool is_in_force(const port::token_record& one, instant now) {
    return !one.revoked_at && (!one.expires_at || now < *one.expires_at);
}

/// The row as the journal has the token.
port::token_record as_journalled(port::token_record row, const domain::credential_state& s,
                                 const domain::held_token& token) {
    row.who = {token.as, s.holder, token.person, token.kin};
    row.kin_until = token.kin_until;
    row.channels = token.channels;
    row.origin = token.origin;
    row.level = token.level;
    row.way = token.way;
    row.line = token.line;
    row.proved_at = token.proved_at;
    row.created_at = token.since;
    row.expires_at = token.expires_at ? std::optional(token.expires_at) : std::nullopt;
    row.in_journal = true;
    return row;
}

}  // namespace

port::stream_key credential_stream(role as, const base::label& holder) {
    return {port::stream_kind::credential, domain::credential_key(as, holder)};
}

bool is_lone_admin(const std::vector<port::token_record>& all) {
    std::set<std::string> people;
    for (const auto& one : all)
        if (one.who.as == role::admin && (one.in_journal || one.revoked_at))
            people.insert(one.who.person.empty() ? one.who.id.text() : one.who.person.text());
    return people.size() < 2;
}

bool are_all_admins_by_file(const std::vector<port::token_record>& all, instant now) {
    return std::ranges::none_of(all, [&](const port::token_record& one) {
        return one.who.as == role::admin && one.in_journal && is_in_force(one, now) && one.origin != token_origin::file;
    });
}

bool is_anothers_name(const std::vector<port::token_record>& all, const domain::actor& made, const domain::actor& by,
                      instant now) {
    return std::ranges::any_of(all, [&](const port::token_record& one) {
        if (one.who.as == role::subscriber || one.who.id == made.id || !is_in_force(one, now)) return false;
        // Whoever makes a second token of their own, of less weight, is nobody else.
        return domain::counted_as_one(one.who, made) && !domain::counted_as_one(one.who, by);
    });
}

result<bool> holds_token(const result<engine::view_ptr>& stream, const domain::actor& who, instant asked_at,
                         instant now) {
    if (!stream) {
        if (stream.error().what == code::not_found) return true;
        return std::unexpected(stream.error());
    }
    const auto& s = (*stream)->credential();
    if (who.as == role::subscriber) return !s.revoked_at || s.revoked_at < asked_at;
    // One that came later is theirs, too, if nobody ended those of before: tokens run out, and are renewed.
    const bool ended = s.revoked_at && s.revoked_at >= asked_at;
    // Disabled or reset since: what was asked for before may have been somebody else's word.
    if (s.account && s.account->ended_at && s.account->ended_at >= asked_at) return false;
    // Who signs out has given nothing back: their account speaks for them, unless it was disabled or reset since.
    if (s.account && s.account->is_active() && s.account->as == who.as && s.account->person == who.person &&
        s.account->taken_up_at <= asked_at && !ended)
        return true;
    return std::ranges::any_of(s.tokens, [&](const domain::held_token& one) {
        return one.as == who.as && one.person == who.person && (one.since <= asked_at || !ended) &&
               domain::token_in_force(s, one.digest, now) != nullptr;
    });
}

result<void> token_register::add(const port::token_record& token) {
    CHECK(table_.add(token));
    return take_up(token);
}

result<void> token_register::take_up(const port::token_record& token) {
    TRY(row, table_.find(token.digest));
    if (!row || row->in_journal || row->revoked_at) return {};
    TRY(known, from_journal(std::move(*row)));
    return {};
}

result<std::optional<port::token_record>> token_register::find(std::string_view digest) {
    TRY(row, table_.find(digest));
    if (!row || row->revoked_at) return row;
    if (!row->in_journal) {
        TRY(known, from_journal(std::move(*row)));
        if (!known) return std::nullopt;
        row = std::move(known);
    }
    const auto now = clock_.now();
    // Acknowledged or not stands in the journal alone; so does whether a session was ended, and used, and by what a
    // customer's was opened.
    const bool of_staff = row->origin == token_origin::file || row->origin == token_origin::account;
    if (of_staff || row->who.as == role::subscriber) {
        const auto view = to_.read(credential_stream(row->who.as, row->who.id));
        if (!view && view.error().what != code::not_found) return std::unexpected(view.error());
        const auto* token = view ? domain::token_in_force((*view)->credential(), row->digest, now) : nullptr;
        if (token == nullptr) return std::nullopt;
        const bool rests = !of_staff || token->origin == token_origin::account;
        if (rests && rests_too_long(*token)) return std::nullopt;
        if (of_staff) {
            row->who = domain::holder_of((*view)->credential(), *token, now);
            row->kin_until = token->kin_until;
            row->proved_at = token->proved_at;
        } else {
            row->level = token->level;
            row->way = token->way;
            row->line = token->line;
        }
    } else if (now >= row->kin_until)
        row->who.kin.clear();
    const bool is_session = row->who.as == role::subscriber || row->origin == token_origin::account;
    if (!is_session && is_in_force(*row, now)) note_use(*row);
    return row;
}

/// A row that the table alone vouches for: the journal decides.
result<std::optional<port::token_record>> token_register::from_journal(port::token_record row) {
    if (row.origin == token_origin::file || row.origin == token_origin::founding) CHECK(journal(row));
    auto view = to_.read(credential_stream(row.who.as, row.who.id));
    if (!view) {
        if (view.error().what == code::not_found) return std::nullopt;
        return std::unexpected(std::move(view).error());
    }
    const auto& s = (*view)->credential();
    const auto* token = domain::token_in_force(s, row.digest, clock_.now());
    if (token == nullptr) return std::nullopt;
    row = as_journalled(std::move(row), s, *token);
    CHECK(table_.take_up(row));
    if (row.origin == token_origin::file) look_for_troubles();  // also when its first use was quicker than the upkeep
    return std::optional(std::move(row));
}

result<engine::answer> token_register::carry_out(const port::token_record& of, domain::credential_command what) {
    engine::submission out;
    out.to = credential_stream(of.who.as, of.who.id);
    out.what = std::move(what);
    out.by = console();
    out.correlation = "token-table";
    out.must_exist = false;
    return ask(to_, std::move(out));
}

/// A token that the command line made. Twice is harmless: the stream knows its digest.
result<void> token_register::journal(const port::token_record& row) {
    domain::issue_token command;
    command.holder = row.who.id;
    command.kin_ms = rules_.kin.count();
    command.token = {.digest = row.digest,
                     .as = row.who.as,
                     .person = row.who.person,
                     .kin = {},
                     .kin_until = {},
                     .channels = row.channels,
                     .origin = row.origin,
                     .since = {},
                     .expires_at = {},
                     .by = {},
                     .second = {},
                     .last_used = {}};
    const auto now = clock_.now();
    if (row.expires_at) {
        if (*row.expires_at <= now) return {};
        command.lives_ms = row.expires_at->ms - now.ms;
    }
    TRY(done, carry_out(row, std::move(command)));
    if (done.events.empty()) return {};
    log_.warning("token_made_with_file_access", "",
                 {{"role", boost::describe::enum_to_string(row.who.as, "")},
                  {"holder", row.who.id.text()},
                  {"origin", boost::describe::enum_to_string(row.origin, "")}});
    return {};
}

void token_register::take_up_files() {
    const auto waiting = table_.not_in_journal();
    if (!waiting) return log_.warning("token_table_unreadable", "", {{"reason", waiting.error().words}});
    for (const auto& one : *waiting) {
        result<void> done;
        if (one.revoked_at) {
            const auto told = carry_out(one, domain::revoke_tokens{"revoked in the table of tokens"});
            done = told ? table_.take_up(one) : std::unexpected(told.error());
            if (told && !told->events.empty())
                log_.warning("token_revoked_with_file_access", "", {{"holder", one.who.id.text()}});
        } else {
            const auto known = from_journal(one);
            if (!known) done = std::unexpected(known.error());
        }
        if (!done) log_.warning("token_not_taken_up", "", {{"reason", done.error().words}});
    }
    if (!waiting->empty()) look_for_troubles();
}

void token_register::look_for_troubles() {
    const auto all = table_.all();
    if (!all) return;
    int open = 0;
    const auto now = clock_.now();
    std::set<std::string> looked_at;
    int on_hold = 0;
    for (const auto& one : *all) {
        on_hold += one.on_hold && (!one.expires_at || now < *one.expires_at) ? 1 : 0;
        if (one.origin != token_origin::file || !one.in_journal || !is_in_force(one, now)) continue;
        const auto stream = credential_stream(one.who.as, one.who.id);
        if (!looked_at.insert(stream.key).second) continue;
        const auto view = to_.read(stream);
        if (!view) continue;
        for (const auto& token : (*view)->credential().tokens) open += token.acknowledged ? 0 : 1;
    }
    int acts = 0;
    if (const auto console = to_.read(credential_stream(role::admin, domain::console_holder())))
        for (const auto& one : (*console)->credential().went_on) acts += one.acknowledged ? 0 : 1;
    const std::scoped_lock held(mutex_);
    unacknowledged_ = open;
    unacknowledged_acts_ = acts;
    on_hold_ = on_hold;
}

std::vector<std::string> token_register::troubles() {
    const std::scoped_lock held(mutex_);
    std::vector<std::string> out;
    if (unacknowledged_ > 0)
        out.push_back(std::to_string(unacknowledged_) +
                      " made with file access and acknowledged by no administrator; see GET /v1/tokens");
    if (unacknowledged_acts_ > 0)
        out.push_back(std::to_string(unacknowledged_acts_) +
                      " times somebody with file access let the server go on or changed its keys, acknowledged by no "
                      "administrator; "
                      "see GET /v1/tokens/console/history");
    return out;
}

std::string token_register::held_trouble() {
    const std::scoped_lock held(mutex_);
    return on_hold_ == 0
               ? std::string()
               : std::to_string(on_hold_) +
                     " on hold since a restore: `keepline token list` names them, `keepline token confirm` puts "
                     "a holder's in force again, `keepline token revoke` ends them";
}

/// Here it was used last, or as another node, or this one before it was started anew, wrote down.
bool token_register::rests_too_long(const domain::held_token& session) {
    const auto now = clock_.now();
    auto last = std::max(session.since, session.last_used);
    const std::scoped_lock held(mutex_);
    if (const auto here = used_.find(session.digest); here != used_.end()) last = std::max(last, here->second);
    return now >= last + (session.origin == token_origin::account ? rules_.console_idle : rules_.session_rests);
}

void token_register::note_used(const domain::actor& by, const std::string& digest) {
    const auto now = clock_.now();
    const auto view = to_.read(credential_stream(by.as, by.id));
    const auto* token = view ? domain::token_in_force((*view)->credential(), digest, now) : nullptr;
    const bool of_staff = by.as != role::subscriber;
    if (of_staff && (token == nullptr || token->origin != token_origin::account))
        return;  // of tokens it is noted where they are found
    {
        const std::scoped_lock held(mutex_);
        if (used_.size() >= noted_max) {
            const auto longest = std::max(rules_.session_rests, rules_.console_idle);
            std::erase_if(used_, [&](const auto& one) { return now >= one.second + longest; });
            if (used_.size() >= noted_max) used_.clear();
        }
        used_[digest] = now;
    }
    if (token == nullptr || now < std::max(token->since, token->last_used) + domain::session_use_noted_again) return;
    write_use(by, digest);
}

void token_register::write_use(const domain::actor& by, const std::string& digest) {
    engine::submission out;
    out.to = credential_stream(by.as, by.id);
    out.what = domain::credential_command(domain::note_use{digest});
    out.by = by;
    to_.submit(std::move(out), [](const result<engine::answer>&) {});
}

void token_register::note_use(const port::token_record& used) {
    const auto day = clock_.now().ms / day_ms;
    {
        const std::scoped_lock held(mutex_);
        if (noted_.size() >= noted_max) noted_.clear();
        auto& noted = noted_[used.digest];
        if (noted == day) return;
        noted = day;
    }
    write_use(used.who, used.digest);
}

}  // namespace keepline::desk
