#include "store/sqlite_tokens.hpp"

#include "store/store_file.hpp"

namespace keepline::store {

using base::result;

struct sqlite_tokens::inner {
    connection db;
    seal_key key;

    /// After every change of a token, in its transaction.
    result<void> seal(std::string_view holder) { return key ? seal_tokens_of(db, *key, holder) : result<void>(); }
    result<void> follow(const std::string& which, const std::string& value,
                        const std::function<result<void>()>& change) {
        return store::follow(db, key, "token", which, {value}, change);
    }
    result<void> drop_over(base::instant before);
};

namespace {

#define TOKEN_OWN_COLUMNS                                                                                        \
    "digest, role, holder, note, created_at, expires_at, revoked_at, person, kin, kin_until, channels, origin, " \
    "in_journal"
#define TOKEN_COLUMNS \
    TOKEN_OWN_COLUMNS ", EXISTS (SELECT 1 FROM token_on_hold WHERE token_on_hold.digest = token.digest)"

result<port::token_record> token_of(rows& row) {
    port::token_record out;
    out.digest = row.text(0);
    const auto role = base::enum_named<domain::role>(row.text(1));
    if (!role) return base::refuse(base::code::store_schema, "A token has a role that this program does not know.");
    out.who.as = *role;
    out.who.id = base::label::trusted(std::string(row.text(2)));
    out.note = row.text(3);
    out.created_at = row.time(4);
    out.expires_at = row.maybe_time(5);
    out.revoked_at = row.maybe_time(6);
    out.who.person = base::label::trusted(std::string(row.text(7)));
    TRY(kin, base::from_json<std::vector<base::label>>(row.text(8)));
    out.who.kin = std::move(kin);
    out.kin_until = row.time(9);
    TRY(channels, base::from_json<std::vector<domain::channel>>(row.text(10)));
    out.channels = std::move(channels);
    const auto origin = base::enum_named<decltype(out.origin)>(row.text(11));
    if (!origin)
        return base::refuse(base::code::store_schema, "A token has an origin that this program does not know.");
    out.origin = *origin;
    out.in_journal = row.integer(12) != 0;
    out.on_hold = row.integer(13) != 0;
    return out;
}

}  // namespace

/// A few that were over before then.
result<void> sqlite_tokens::inner::drop_over(base::instant before) {
    std::vector<std::string> over;
    {
        auto found =
            db.run(sql("SELECT digest FROM token WHERE role = 'subscriber' AND expires_at < ?1 LIMIT 8"), before);
        while (found.next()) over.emplace_back(found.text(0));
        CHECK(found.ended());
    }
    for (const auto& one : over)
        CHECK(
            follow("digest = ?1", one, [&] { return db.run(sql("DELETE FROM token WHERE digest = ?1"), one).done(); }));
    return {};
}

sqlite_tokens::sqlite_tokens(std::unique_ptr<inner> with) : inner_(std::move(with)) {}
sqlite_tokens::~sqlite_tokens() = default;

result<std::unique_ptr<sqlite_tokens>> sqlite_tokens::open(const std::string& path, seal_key key) {
    constexpr std::int64_t cache_kb = 1024;
    TRY(db, open_store_file(path, upgrade::only_create, default_page_bytes, cache_kb));
    return std::unique_ptr<sqlite_tokens>(new sqlite_tokens(std::make_unique<inner>(std::move(db), key)));
}

void sqlite_tokens::seal_with(const base::digest& key) {
    const std::scoped_lock held(mutex_);
    inner_->key = key;
}

result<std::optional<port::token_record>> sqlite_tokens::find(std::string_view digest) {
    const std::scoped_lock held(mutex_);
    auto found = inner_->db.run(sql("SELECT " TOKEN_COLUMNS " FROM token WHERE digest = ?1"), digest);
    std::optional<port::token_record> out;
    if (found.next()) {
        TRY(one, token_of(found));
        out = std::move(one);
    }
    CHECK(found.ended());
    return out;
}

result<void> sqlite_tokens::add(const port::token_record& token) {
    const std::scoped_lock held(mutex_);
    TRY(change, transaction::begin(inner_->db));
    const std::string role = boost::describe::enum_to_string(token.who.as, "");
    // Sessions that are over go, a few at a time: the journal keeps that they were.
    if (token.who.as == domain::role::subscriber) CHECK(inner_->drop_over(token.created_at + -base::days{1}));
    // Named, because they are read when the statement is stepped.
    const auto kin = base::to_json(token.who.kin);
    const auto channels = base::to_json(token.channels);
    const std::string origin = boost::describe::enum_to_string(token.origin, "");
    int outcome_code = SQLITE_OK;
    const auto add = [&]() -> result<void> {
        auto added = inner_->db.run(sql("INSERT INTO token (" TOKEN_OWN_COLUMNS
                                        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"),
                                    token.digest, role, token.who.id.text(), token.note, token.created_at,
                                    token.expires_at, token.revoked_at, token.who.person.text(), kin, token.kin_until,
                                    channels, origin, token.in_journal ? 1 : 0);
        auto outcome = added.done();
        outcome_code = added.outcome();
        return outcome;
    };
    const auto outcome = inner_->follow("digest = ?1", token.digest, add);
    if ((outcome_code & 0xff) == SQLITE_CONSTRAINT)
        return base::refuse(base::code::invalid, "This token exists already; make a new one.");
    CHECK(outcome);
    CHECK(inner_->seal(token.who.id.text()));
    return change.commit();
}

namespace {

result<std::vector<port::token_record>> tokens_of(rows found) {
    std::vector<port::token_record> out;
    while (found.next()) {
        TRY(one, token_of(found));
        out.push_back(std::move(one));
    }
    CHECK(found.ended());
    return out;
}

}  // namespace

result<std::vector<port::token_record>> sqlite_tokens::all() {
    const std::scoped_lock held(mutex_);
    return tokens_of(inner_->db.run(sql("SELECT " TOKEN_COLUMNS " FROM token ORDER BY created_at, digest")));
}

result<std::vector<port::token_record>> sqlite_tokens::not_in_journal() {
    const std::scoped_lock held(mutex_);
    return tokens_of(inner_->db.run(sql("SELECT " TOKEN_COLUMNS " FROM token WHERE in_journal = 0 AND "
                                        "(origin IN ('file', 'founding') OR revoked_at IS NOT NULL) "
                                        "AND digest NOT IN (SELECT digest FROM token_on_hold) "
                                        "ORDER BY created_at, digest LIMIT 1000")));
}

result<void> sqlite_tokens::take_up(const port::token_record& token) {
    const std::scoped_lock held(mutex_);
    TRY(change, transaction::begin(inner_->db));
    CHECK(inner_->follow("digest = ?1", token.digest, [&] {
        return inner_->db
            .run(sql("UPDATE token SET person = ?2, kin = ?3, kin_until = ?4, channels = ?5, origin = ?6, expires_at "
                     "= ?7, "
                     "in_journal = 1 WHERE digest = ?1"),
                 token.digest, token.who.person.text(), base::to_json(token.who.kin), token.kin_until,
                 base::to_json(token.channels), std::string(boost::describe::enum_to_string(token.origin, "")),
                 token.expires_at)
            .done();
    }));
    CHECK(inner_->seal(token.who.id.text()));
    return change.commit();
}

result<int> sqlite_tokens::revoke(bool customer, std::string_view holder, base::instant at) {
    const std::scoped_lock held(mutex_);
    TRY(change, transaction::begin(inner_->db));
    const std::string whose(holder);
    // On hold after a restore: revoked now for good.
    CHECK(store::follow(inner_->db, inner_->key, "token_on_hold",
                        "digest IN (SELECT digest FROM token WHERE holder = ?1)", {whose}, [&] {
                            return inner_->db
                                .run(sql("DELETE FROM token_on_hold WHERE digest IN (SELECT digest FROM token WHERE "
                                         "holder = ?1 AND (role = 'subscriber') = ?2)"),
                                     holder, customer ? 1 : 0)
                                .done();
                        }));
    int revoked = 0;
    CHECK(inner_->follow("holder = ?1", whose, [&]() -> result<void> {
        CHECK(inner_->db
                  .run(sql("UPDATE token SET revoked_at = ?3, in_journal = 0 WHERE holder = ?1 AND revoked_at IS NULL "
                           "AND (role = 'subscriber') = ?2"),
                       holder, customer ? 1 : 0, at)
                  .done());
        revoked = static_cast<int>(inner_->db.changed_rows());
        return {};
    }));
    CHECK(inner_->seal(holder));
    CHECK(change.commit());
    return revoked;
}

}  // namespace keepline::store
