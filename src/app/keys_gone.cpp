#include "app/keys_gone.hpp"

#include "desk/token_register.hpp"
#include "engine/codec.hpp"
#include "engine/history.hpp"

#include <algorithm>

namespace keepline::app {

using base::result;

namespace {

bool is_webhooks(const port::stream_key& key) {
    return key == desk::credential_stream(domain::role::admin, domain::webhook_holder());
}

bool has_event(std::string_view events, std::string_view name) {
    return events.find("\"" + std::string(name) + "\"") != std::string_view::npos;
}

/// A payer has no stream: some line's says so. Seldom asked, so the journal is walked.
result<bool> is_let_go(port::journal& of, const std::string& payer) {
    bool found = false;
    port::stream_key key;
    CHECK(of.scan(
        [&](const port::stream& one) {
            key = one.key;
            return !found;
        },
        [&](const port::entry& one) {
            if (key.kind == port::stream_kind::number && one.events.find(payer) != std::string::npos)
                found = std::ranges::count(gone_after(key, one.events), payer) > 0;
            return !found;
        }));
    return found;
}

}  // namespace

result<bool> key_is_gone(port::journal& of, const std::string& owner) {
    if (owner.starts_with("ip_")) {
        TRY(view, engine::load_view(of, port::stream_key{port::stream_kind::plan, owner}));
        return view && view->plan().ended_at;  // destroyed first, noted after
    }
    if (owner.starts_with("wh_")) {
        TRY(view, engine::load_view(of, desk::credential_stream(domain::role::admin, domain::webhook_holder())));
        return view && domain::find_webhook(view->credential().webhooks, owner) == nullptr;
    }
    if (owner.starts_with("p_payer-")) return is_let_go(of, owner);
    TRY(view, engine::load_view(of, port::stream_key{port::stream_kind::subscriber, owner}));
    return view && view->subscriber().erased_at;
}

std::vector<std::string> gone_after(const port::stream_key& stream, std::string_view events) {
    if (stream.kind == port::stream_kind::subscriber)
        return has_event(events, domain::subscriber_erased::name) ? std::vector{stream.key}
                                                                  : std::vector<std::string>{};
    if (stream.kind == port::stream_kind::plan)
        return has_event(events, domain::plan_cleared::name) ? std::vector{stream.key} : std::vector<std::string>{};
    const bool ends = has_event(events, domain::webhook_closed::name) ||
                      has_event(events, domain::webhook_secrets_ended::name);  // of one that never came to be
    if (stream.kind == port::stream_kind::number) {
        std::vector<std::string> out;
        if (!has_event(events, domain::payer_let_go::name)) return out;
        const auto decoded = engine::decode_events(stream.kind, events);
        if (!decoded) return out;
        for (const auto& one : *decoded)
            if (const auto* of_number = std::get_if<domain::number_event>(&one))
                if (const auto* gone = std::get_if<domain::payer_let_go>(of_number)) out.push_back(gone->payee.text());
        return out;
    }
    if (!is_webhooks(stream) || !ends) return {};
    std::vector<std::string> out;
    const auto decoded = engine::decode_events(stream.kind, events);
    if (!decoded) return out;
    for (const auto& one : *decoded)
        if (const auto* of_credential = std::get_if<domain::credential_event>(&one)) {
            if (const auto* closed = std::get_if<domain::webhook_closed>(of_credential)) out.push_back(closed->id);
            if (const auto* never = std::get_if<domain::webhook_secrets_ended>(of_credential); never && never->whole)
                out.push_back(never->id);
        }
    return out;
}

}  // namespace keepline::app
