// Access tokens: for administrators. A token is shown once, in the answer that makes it; only its keyed digest is
// stored.
#include "http/bodies.hpp"
#include "http/routes.hpp"

namespace keepline::http {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t token_bytes = 32;

std::vector<token_view> views_of(const std::vector<port::token_record>& all) {
    std::vector<token_view> out;
    for (const auto& one : all) out.push_back(token_of(one));
    return out;
}

/// Derived from the Idempotency-Key with the instance's secret, so that a retry shows the same token and makes no
/// second.
std::string token_from_key(const call& c) {
    const auto raw = base::from_hex(c.secrets().keyed_digest("token-issue", "", base::hex(c.once->key)));
    return base::base32(base::byte_view(*raw).first(token_bytes));
}

result<issued_token_view> issued(const call& c, const token_body& in) {
    if (in.note) CHECK(check_text("note", *in.note, 200, true));
    if (in.expires_at && *in.expires_at <= c.now())
        return refuse(code::invalid, "`expires_at` must lie ahead.", {{"field", "expires_at"}});
    const auto token = token_from_key(c);
    port::token_record record{c.secrets().keyed_digest("token", "", token),
                              {in.role, in.id},
                              in.note.value_or(""),
                              c.now(),
                              in.expires_at,
                              {}};
    TRY(known, c.api->with.tokens->find(record.digest));
    if (known) {
        if (known->who != record.who || known->note != record.note || known->expires_at != record.expires_at)
            return refuse(code::idempotency_key_reused, "This key made another token.");
        record = *known;
    } else {
        CHECK(c.api->with.tokens->add(record));
    }
    return issued_token_view{token_of(record), token};
}

}  // namespace

void list_tokens(const call_ptr& c) {
    run_aside(c, [c]() -> afterwards {
        auto all = c->api->with.tokens->all();
        return [c, all = std::move(all)] {
            if (!all) return c->refuse(all.error());
            c->answer(page_answer(views_of(*all), {}));
        };
    });
}

void issue_token(const call_ptr& c) {
    const auto in = body_of<token_body>(*c);
    if (!in) return c->refuse(in.error());
    run_aside(c, [c, in = *in]() -> afterwards {
        auto made = issued(*c, in);
        return [c, made = std::move(made)] {
            if (!made) return c->refuse(made.error());
            c->answer(json_answer(*made, 201));
        };
    });
}

void revoke_tokens(const call_ptr& c) {
    if (auto in = body_of<nothing>(*c); !in) return c->refuse(in.error());
    const auto id = base::label::parse(c->args[0]);
    if (!id) return c->refuse({code::not_found, "There is no such holder."});
    run_aside(c, [c, id = *id]() -> afterwards {
        const auto revoked = c->api->with.tokens->revoke(id.text(), c->now());
        return [c, revoked] {
            if (!revoked) return c->refuse(revoked.error());
            response out;
            out.body = R"({"revoked":)" + std::to_string(*revoked) + "}";
            c->answer(std::move(out));
        };
    });
}

}  // namespace keepline::http
