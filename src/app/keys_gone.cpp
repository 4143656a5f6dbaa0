#include "app/keys_gone.hpp"

#include "desk/token_register.hpp"
#include "engine/codec.hpp"
#include "engine/history.hpp"

namespace keepline::app {

using base::result;

namespace {

/// The words of an event's name are somewhere in it: worth reading. A person's reason may hold them as well as an
/// event.
template <typename... Events>
bool may_have(std::string_view events) {
    return ((events.find("\"" + std::string(Events::name) + "\"") != std::string_view::npos) || ...);
}

/// Whose key this event destroys.
struct whose_key {
    const port::stream_key& stream;
    std::vector<std::string> out;

    void operator()(const domain::subscriber_erased&) { out.push_back(stream.key); }
    void operator()(const domain::plan_cleared&) { add(stream.key, domain::plans_prefix); }
    void operator()(const domain::payer_let_go& e) { add(e.payee.text(), domain::payers_prefix); }
    void operator()(const domain::webhook_closed& e) { add(e.id, domain::webhooks_prefix); }
    void operator()(const domain::webhook_secrets_ended& e) {
        if (e.whole) add(e.id, domain::webhooks_prefix);  // it never came to be
    }
    template <typename Other>
    void operator()(const Other&) {}

 private:
    /// A person's key is never gone by any of these (see dispatcher).
    void add(const std::string& name, std::string_view prefix) {
        if (name.starts_with(prefix)) out.push_back(name);
    }
};

}  // namespace

result<bool> keys_gone::is_gone(const std::string& owner) {
    if (owner.starts_with(domain::plans_prefix)) {
        TRY(view, engine::load_view(of_, port::stream_key{port::stream_kind::plan, owner}));
        return view && view->plan().ended_at;  // destroyed first, noted after
    }
    if (owner.starts_with(domain::webhooks_prefix)) {
        TRY(view, engine::load_view(of_, desk::credential_stream(domain::role::admin, domain::webhook_holder())));
        return view && domain::find_webhook(view->credential().webhooks, owner) == nullptr;
    }
    if (owner.starts_with(domain::payers_prefix)) {
        if (!payers_) CHECK(collect_payers());
        return payers_->contains(owner);
    }
    TRY(view, engine::load_view(of_, port::stream_key{port::stream_kind::subscriber, owner}));
    return view && view->subscriber().erased_at;
}

/// A payer has no stream: those of lines say who was let go.
result<void> keys_gone::collect_payers() {
    std::unordered_set<std::string> found;
    port::stream_key key;
    CHECK(of_.scan(
        [&](const port::stream& one) {
            key = one.key;
            return true;
        },
        [&](const port::entry& one) {
            if (key.kind != port::stream_kind::number || !may_have<domain::payer_let_go>(one.events)) return true;
            for (auto& owner : gone_after(key, one.events))
                if (owner.starts_with(domain::payers_prefix)) found.insert(std::move(owner));
            return true;
        }));
    payers_ = std::move(found);
    return {};
}

std::vector<std::string> gone_after(const port::stream_key& stream, std::string_view events) {
    const bool worth_reading = may_have<domain::subscriber_erased, domain::plan_cleared, domain::payer_let_go,
                                        domain::webhook_closed, domain::webhook_secrets_ended>(events);
    if (!worth_reading) return {};
    const auto decoded = engine::decode_events(stream.kind, events);
    if (!decoded) return {};  // `verify` says so
    whose_key found{stream, {}};
    for (const auto& one : *decoded) std::visit([&](const auto& of_kind) { std::visit(found, of_kind); }, one);
    return std::move(found.out);
}

}  // namespace keepline::app
