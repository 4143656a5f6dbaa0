#include "smdp/es9.hpp"

#include "smdp/es9_call.hpp"
#include "smdp/rsp_asn1.hpp"

#include <exception>
#include <optional>

namespace keepline::smdp {

using base::code;
using rsp::status;

namespace {

std::optional<rsp_call> es9_function(std::string_view name) {
    for (const auto one :
         {rsp_call::initiate_authentication, rsp_call::authenticate_client, rsp_call::get_bound_profile_package,
          rsp_call::handle_notification, rsp_call::cancel_session})
        if (name_of(one) == name) return one;
    return std::nullopt;
}

void call_function(const es9_call_ptr& c, const rsp::outcome<rsp_request>& in) {
    if (c->function == rsp_call::handle_notification) return handle_notification(c, in);
    if (!in) return c->refuse(in.error());
    switch (c->function) {
        case rsp_call::initiate_authentication: return initiate_authentication(c, *in);
        case rsp_call::authenticate_client: return authenticate_client(c, *in);
        case rsp_call::get_bound_profile_package: return bind_profile_package(c, *in);
        default: return cancel_session(c, *in);
    }
}

void run_function(const es9_call_ptr& c) {
    c->note(oddities_of_head(c->way->in));
    rsp::outcome<rsp_request> in = rsp::refused(status::malformed);
    if (!c->in_asn1) {
        in = rsp_request::parse(c->way->in.body);
    } else {
        auto parsed = parse_asn1_request(base::view(c->way->in.body));
        if (!parsed) return c->answer_malformed(parsed.error());
        c->function = parsed->function;
        in = std::move(parsed->in);
    }
    call_function(c, in);
    if (in) c->note(in->oddities());
}

}  // namespace

// ------------------------------------------------------------------------------------------------ the call

void es9_call::finish(const status* refused, std::string_view outcome, response with) {
    of->count(function, refused, started);
    const auto took = std::chrono::steady_clock::now() - started;
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    of->with.log->info("rsp", correlation,
                       {{"function", std::string(name_of(function))},
                        {"listener", as->name},
                        {"outcome", std::string(outcome)},
                        {"ms", std::to_string(ms)}});
    way->reply(std::move(with));
}

void es9_call::answer(rsp::outcome<rsp_answer> outcome) {
    if (answered.exchange(true)) return;
    way->run([me = shared_from_this(), outcome = std::move(outcome)] {
        const auto* why = outcome ? nullptr : &outcome.error().what;
        me->finish(why, why == nullptr ? "success" : rsp::info(*why).name,
                   me->in_asn1 ? asn1_response(me->function, outcome) : rsp_response(outcome));
    });
}

void es9_call::answer_no_content() {
    if (answered.exchange(true)) return;
    way->run([me = shared_from_this()] { me->finish(nullptr, "taken", rsp_no_content()); });
}

void es9_call::answer_unavailable() {
    if (answered.exchange(true)) return;
    way->run([me = shared_from_this()] {
        constexpr auto why = status::server_failed;
        me->finish(&why, "unavailable",
                   rsp_problem({code::unavailable, "This cannot be taken now; send it again soon."}, me->of->now()));
    });
}

void es9_call::answer_malformed(base::error why) {
    if (answered.exchange(true)) return;
    way->run([me = shared_from_this(), why = std::move(why)] {
        constexpr auto as = status::malformed;
        me->finish(&as, rsp::info(as).name, rsp_problem(why, me->of->now()));
    });
}

void es9_call::note(const std::vector<std::string_view>& oddities) const {
    for (const auto one : oddities) of->note_odd(one, correlation, as->name);
}

engine::submission es9_call::submission_to(const base::iccid& iccid, domain::esim_command what) const {
    engine::submission out;
    out.to = esim_key(iccid);
    out.what = std::move(what);
    out.by = {domain::role::system, base::label::trusted("es9")};
    out.through = domain::channel::app;
    out.correlation = correlation;
    return out;
}

// ------------------------------------------------------------------------------------------------ sessions

rsp::outcome<found_session> find_session(es9_call& c, std::string_view transaction) {
    const auto id = rsp::transaction_from_text(transaction);
    if (!id) return rsp::refused(status::transaction_unknown);
    auto stored = c.of->with.sessions->find(*id, c.of->now());
    if (!stored) return std::unexpected(es9_refusal(stored.error()));
    if (!*stored) return rsp::refused(status::transaction_unknown);
    auto session = rsp::session::parse((*stored)->content);
    if (!session) return rsp::refused(status::transaction_unknown);
    return found_session{std::move(*session), (*stored)->generation};
}

rsp::outcome<void> store_session(es9_call& c, const found_session& what, base::duration keep) {
    const auto stored = c.of->with.sessions->replace(what.now.id, what.generation, what.now.serialise(),
                                                     port::session_trust::proven, c.of->now() + keep);
    if (!stored) return std::unexpected(es9_refusal(stored.error()));
    if (!*stored) return rsp::refused(status::transaction_unknown, "Another request of this transaction was quicker.");
    return {};
}

rsp::refusal es9_refusal(const base::error& why) {
    const auto as = [&](status what) { return rsp::refusal{what, why.words, {}}; };
    switch (why.what) {
        case code::not_found:
        case code::esim_unknown:
        case code::matching_id_wrong:
            return {status::matching_id_refused, std::string(info(status::matching_id_refused).words), {}};
        case code::esim_not_released: return as(status::not_released);
        case code::eid_differs: return as(status::eid_mismatch);
        case code::downloads_spent: return as(status::download_tries_exceeded);
        case code::order_expired: return as(status::order_expired);
        case code::confirmation_refused: return as(status::confirmation_refused);
        case code::confirmation_spent: return as(status::confirmation_tries_exceeded);
        case code::esim_taken:
        case code::esim_not_bindable: return as(status::binding_unavailable);
        case code::transaction_unknown: return as(status::transaction_unknown);
        default: return {status::server_failed, "The SM-DP+ cannot answer now; try again soon.", {}};
    }
}

// ------------------------------------------------------------------------------------------------ the listener

es9::es9(esim_service& shared, smdp_identity identity)
    : shared_(shared), identity_(std::move(identity)), instance_("es9-" + shared.with.random->token(5)) {}

base::result<std::size_t> es9::admit(const http::request& head) {
    if (head.path() == rsp_asn1_path) {
        CHECK(check_rsp_head(head, rsp_asn1_type));
        return std::size_t{phone_body_max};
    }
    if (!es9_function(rsp_function(head.path(), es9_prefix)))
        return base::refuse(code::not_found, "There is nothing at this address.");
    CHECK(check_rsp_head(head));
    return std::size_t{phone_body_max};
}

void es9::handle(exchange_ptr what) {
    const auto c = std::make_shared<es9_call>();
    c->of = &shared_;
    c->as = &identity_;
    c->way = std::move(what);
    c->started = std::chrono::steady_clock::now();
    c->correlation = instance_ + "-" + std::to_string(made_.fetch_add(1, std::memory_order_relaxed) + 1);
    c->in_asn1 = c->way->in.path() == rsp_asn1_path;
    const auto function = es9_function(rsp_function(c->way->in.path(), es9_prefix));
    if (!function && !c->in_asn1)
        return c->way->reply(rsp_problem({code::not_found, "There is nothing at this address."}, shared_.now()));
    if (auto fine = check_rsp_head(c->way->in, c->in_asn1 ? rsp_asn1_type : rsp_json_type); !fine)
        return c->way->reply(rsp_problem(fine.error(), shared_.now()));
    if (function) c->function = *function;
    const bool taken = shared_.pool.post([c] {
        try {
            run_function(c);
        } catch (const std::exception&) {  // out of memory, say
            c->answer_unavailable();
        }
    });
    if (!taken) c->answer_unavailable();
    shared_.sweep();
}

response es9::refusal(const base::error& why, const http::request&) { return rsp_problem(why, shared_.now()); }

}  // namespace keepline::smdp
