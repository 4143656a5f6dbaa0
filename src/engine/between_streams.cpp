#include "engine/between_streams.hpp"

#include "engine/history.hpp"
#include "engine/receipts.hpp"
#include "port/person.hpp"

#include <future>

namespace keepline::engine {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t looked_at_once = 32;
constexpr auto put_off = base::days{30};  // records that something stands against: they are looked at again

submission to_number(const base::msisdn& number, domain::number_command what) {
    submission out;
    out.to = {port::stream_kind::number, number.text()};
    out.what = std::move(what);
    return out;
}

submission to_esim(const base::iccid& iccid, domain::esim_command what) {
    submission out;
    out.to = {port::stream_kind::esim, iccid.text()};
    out.what = std::move(what);
    return out;
}

submission to_claim(const std::string& identifier, domain::claim_command what) {
    submission out;
    out.to = {port::stream_kind::claim, identifier};
    out.what = std::move(what);
    return out;
}

struct carrier {
    using carried = std::optional<submission>;

    carried operator()(const domain::tell_contacts& e) const {
        return to_number(e.number, domain::take_contacts{e.subscriber, e.contacts, e.refund_account, e.language,
                                                         e.document_changed_at, e.account_on_word, e.document_on_word,
                                                         e.account_named_at, e.representatives});
    }
    carried operator()(const domain::tell_representative& e) const {
        submission out;
        out.to = {port::stream_kind::subscriber, e.representative.text()};
        out.what = domain::subscriber_command{domain::hear_representation{e.principal, e.serial, e.over}};
        out.must_exist = false;  // who is not known acts for nobody
        return out;
    }
    carried operator()(const domain::object_for_owner& e) const {
        submission out;
        out.to = {port::stream_kind::subscriber, e.subscriber.text()};
        out.what =
            domain::subscriber_command{domain::object_to_representative{e.serial, "its owner says that it is not so"}};
        return out;
    }
    carried operator()(const domain::introduce_representative& e) const {
        submission out;
        out.to = {port::stream_kind::subscriber, e.principal.text()};
        out.what = domain::subscriber_command{
            domain::note_representative{e.representative, e.contacts, e.refund_account, e.account_on_word,
                                        e.document_on_word, e.gone, e.account_named_at}};
        return out;
    }
    carried operator()(const domain::tell_owner& e) const {
        submission out;
        out.to = {port::stream_kind::subscriber, e.subscriber.text()};
        out.what = domain::subscriber_command{domain::note_line{e.number, e.generation, e.at, e.ended, e.policy}};
        out.must_exist = false;  // who is not known takes no notice
        return out;
    }
    carried operator()(const domain::attach_esim& e) const {
        domain::take_esim taken;
        taken.added.iccid = e.iccid;
        taken.added.imsi = e.imsi;
        taken.added.eid = e.eid;
        taken.added.type = e.profile_type;
        taken.added.matching_id = e.matching_id;
        taken.generation = e.generation;
        return to_number(e.number, std::move(taken));
    }
    carried operator()(const domain::tell_line& e) const {
        return to_number(e.number, domain::hear_esim{e.iccid, e.state, e.eid, e.sequence, e.shown});
    }
    carried operator()(const domain::cancel_esim& e) const {
        return to_esim(e.iccid, domain::give_back{e.number, e.matching_id});
    }
    carried operator()(const domain::tell_contest& e) const {
        return to_number(e.number, domain::hear_contest{e.identifier, e.wanted_by});
    }
    carried operator()(const domain::free_claim& e) const {
        auto out = to_claim(e.identifier, domain::release_claim{e.holder});
        out.must_exist = false;  // then there is nothing to release
        return out;
    }
    carried operator()(const domain::give_profile& e) const {
        domain::coming_profile coming{e.iccid, e.imsi, e.eid, e.state, e.from, e.from_generation};
        return to_number(e.number, domain::take_moved{std::move(coming), e.generation});
    }
    carried operator()(const domain::return_profile& e) const {
        return to_number(e.number, domain::take_back{e.iccid, e.generation, e.why});
    }
    carried operator()(const domain::pass_claim& e) const {
        return to_claim(e.identifier, domain::hand_on_claim{e.holder, e.to});
    }
    carried operator()(const domain::claim_passed& e) const {
        return to_number(e.number, domain::hear_claim{e.identifier, e.holder});
    }
    template <typename Effect>
    carried operator()(const Effect&) const {
        return std::nullopt;
    }
};

}  // namespace

std::optional<submission> command_of(const domain::effect& what) {
    auto out = std::visit(carrier{}, what);
    if (out) out->by = engine_actor("engine");
    return out;
}

// ------------------------------------------------------------------------------------------------ claims

result<claim_clerk::finding> claim_clerk::look_at_line(const domain::line_holder& line, const base::iccid& iccid) {
    TRY(view, load_view(journal_, port::stream_key{port::stream_kind::number, line.number.text()}));
    if (view && domain::keeps_claim(view->number(), line.generation, iccid)) return finding{true, line.number};
    // On its way from our SM-DP+ to the line.
    TRY(order, load_view(journal_, port::stream_key{port::stream_kind::esim, iccid.text()}));
    const bool coming = order && order->esim().is_ordered() && order->esim().number == line.number &&
                        order->esim().generation == line.generation;
    return finding{coming, line.number};
}

result<claim_clerk::finding> claim_clerk::look(const domain::ask_holder& asked) {
    constexpr std::string_view of_iccid = "iccid:";
    if (asked.identifier.starts_with(of_iccid)) {
        const auto line = domain::line_holder::parse(asked.holder);
        if (!line) return finding{};
        return look_at_line(*line, base::iccid::trusted(asked.identifier.substr(of_iccid.size())));
    }
    const auto profile = domain::profile_holder::parse(asked.holder);
    if (!profile) return finding{};
    if (profile->line) return look_at_line(*profile->line, profile->iccid);
    TRY(view, load_view(journal_, port::stream_key{port::stream_kind::esim, profile->iccid.text()}));
    if (!view) return finding{};
    return finding{domain::keeps_imsi(view->esim()), view->esim().number};
}

result<submission> claim_clerk::answer(const domain::ask_holder& asked) {
    const auto looked_at = clock_.now();  // before the look: what is committed later does not count
    TRY(found, look(asked));
    auto out = to_claim(
        asked.identifier,
        domain::settle_claim{asked.serial, domain::word_of(found.has_it, asked.usable_until, looked_at), found.number});
    out.by = engine_actor("engine");
    return out;
}

// ------------------------------------------------------------------------------------------------ accounts

result<std::optional<submission>> account_keeper::forget(const domain::forget_account& what) {
    if (vault_ == nullptr) return std::nullopt;
    const port::stream_key key{port::stream_kind::subscriber, what.subscriber.text()};
    TRY(view, load_view(journal_, key));
    if (!view || view->subscriber().erased_at) return std::nullopt;
    auto stored = vault_->open(what.subscriber.text(), port::person_kind);
    if (!stored && (stored.error().what == code::erased || stored.error().what == code::not_found)) return std::nullopt;
    if (!stored) return std::unexpected(std::move(stored).error());
    TRY(person, base::from_json<port::person>(*stored));
    const auto gone = std::erase_if(person.refund_wanted,
                                    [&](const port::wanted_account& one) {
                                        return !domain::account_is_wanted(view->subscriber(), one.digest, clock_.now());
                                    }) +
                      std::erase_if(person.document_wanted, [&](const port::wanted_document& one) {
                          return !domain::document_is_wanted(view->subscriber(), one.digest, clock_.now());
                      });
    if (gone == 0) return std::nullopt;
    TRY(row, vault_->seal(what.subscriber.text(), port::person_kind, base::to_json(person)));
    submission out;
    out.to = key;
    out.what = domain::subscriber_command{domain::forget_wanted{}};
    out.by = engine_actor("engine");
    out.expected_revision = view->revision();  // somebody else may change the person meanwhile
    out.vault.push_back(std::move(row));
    return std::optional(std::move(out));
}

result<std::optional<submission>> account_keeper::forget(const domain::forget_records& what) {
    const port::stream_key key{port::stream_kind::subscriber, what.subscriber.text()};
    TRY(view, load_view(journal_, key));
    TRY(line, load_view(journal_, port::stream_key{port::stream_kind::number, what.number.text()}));
    if (!view || !line || view->subscriber().erased_at) return std::nullopt;
    const auto kind = std::string(port::records_prefix) + line->public_id;
    TRY(sealed, journal_.sealed(what.subscriber.text(), kind));
    if (!sealed) return std::nullopt;
    submission out;
    out.to = key;
    out.by = engine_actor("engine");
    if (domain::keeps_records(line->number(), what.subscriber)) {
        out.what = domain::subscriber_command{domain::put_off_records{what.number, clock_.now() + put_off}};
        return std::optional(std::move(out));
    }
    out.what = domain::subscriber_command{domain::drop_records{what.number}};
    out.vault.push_back({what.subscriber.text(), kind, {}});  // deletes
    return std::optional(std::move(out));
}

// ------------------------------------------------------------------------------------------------ stock

/// The order that was made for this effect before, if it was.
result<bool> stock_keeper::was_ordered(const domain::order_esim& wanted) {
    TRY(holder, journal_.holder_of(wanted.terms.matching_id));
    if (!holder) return false;
    TRY(view, load_view(journal_, *holder));
    if (!view) return false;
    if (view->esim().number != wanted.number || view->esim().generation != wanted.generation)
        return refuse(code::matching_id_taken, "Another order has this matching ID.");
    return true;
}

result<answer> stock_keeper::send(submission what, const std::string& correlation) {
    const auto done = std::make_shared<std::promise<result<answer>>>();
    what.by = engine_actor("engine");
    what.correlation = correlation;
    work out;
    out.command = std::move(what);
    out.then = [done](const result<answer>& got) { done->set_value(got); };
    if (!writer_.push(std::move(out))) return refuse(code::stopping, "The server is shutting down.");
    return port::wait_for(on_, done->get_future());
}

/// The line holds the ICCID before it gets the profile. Another line may have been given it by hand: then the next
/// profile is tried; whether that line still has it is somebody else's question.
result<void> stock_keeper::reserve(const std::string& iccid, const domain::order_esim& wanted,
                                   const std::string& correlation) {
    const domain::line_holder line{wanted.number, wanted.generation};
    const auto identifier = domain::claim_on(base::iccid::trusted(iccid));
    auto what =
        to_claim(identifier, domain::reserve_claim{identifier, line.text(), clock_.now() + domain::claim_usable_for});
    what.must_exist = false;
    TRY(done, send(std::move(what), correlation));
    if (done.view->claim().holder != line.text())
        return refuse(code::esim_taken, "Another line has a profile of this ICCID.");
    return {};
}

result<void> stock_keeper::try_one(const std::string& iccid, const domain::order_esim& wanted,
                                   const std::string& correlation) {
    CHECK(reserve(iccid, wanted, correlation));
    TRY(done,
        send(to_esim(base::iccid::trusted(iccid),
                     domain::order_for_line{
                         {}, wanted.profile_type, wanted.number, wanted.generation, wanted.subscriber, wanted.terms}),
             correlation));
    static_cast<void>(done);
    return {};
}

result<void> stock_keeper::order(const domain::order_esim& wanted, const std::string& correlation) {
    TRY(already, was_ordered(wanted));
    if (already) return {};
    port::stream_filter in_stock;
    in_stock.kind = port::stream_kind::esim;
    in_stock.profile_type = wanted.profile_type;
    in_stock.profile_state = "available";
    // Others may take what is seen here; then the next one is asked for.
    const auto start = turn_.fetch_add(1, std::memory_order_relaxed);
    for (int look = 0; look < 2; ++look) {
        TRY(seen, journal_.list(in_stock, "", looked_at_once));
        for (std::size_t i = 0; i < seen.streams.size(); ++i) {
            const auto& one = seen.streams[(start + i) % seen.streams.size()];
            auto done = try_one(one.key.key, wanted, correlation);
            if (done) return {};
            if (done.error().what != code::esim_taken && done.error().what != code::version_mismatch) return done;
        }
        if (seen.streams.empty()) break;
    }
    return refuse(code::out_of_stock, "No profile of type " + wanted.profile_type + " is left; add some to the stock.",
                  {{"profile_type", wanted.profile_type}});
}

}  // namespace keepline::engine
