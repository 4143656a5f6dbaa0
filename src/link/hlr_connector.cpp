#include "link/hlr_connector.hpp"

#include "base/ensure.hpp"
#include "base/json.hpp"
#include "link/hlr_session.hpp"
#include "link/peer_health.hpp"
#include "port/profile_keys.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <mutex>
#include <type_traits>
#include <variant>
#include <vector>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;
using domain::hlr_action;
using domain::hlr_operation;
using change = hlr_session::change;

std::string cause_text(std::uint8_t cause) {
    std::array<char, 8> out{};
    std::snprintf(out.data(), out.size(), "0x%02x", static_cast<unsigned>(cause));
    return out.data();
}

/// Asks the network to serve the subscriber; it must say no, and for the right reason.
result<std::string> prove_refused(hlr_session& hlr, const base::imsi& imsi, std::uint8_t expected) {
    TRY(cause, hlr.update_location(imsi));
    if (!cause)
        return refuse(code::peer_garbled,
                      "The HLR accepted an UpdateLocation that it had to refuse: the bar is not proved.");
    if (*cause != expected)
        return refuse(code::peer_garbled, "The HLR refused the UpdateLocation with cause " + cause_text(*cause) +
                                              " instead of " + cause_text(expected) + ": the bar is not proved.");
    return "UpdateLocation refused with cause " + cause_text(*cause);
}

/// What an operation came to: its words for the journal, or what the HLR has otherwise than the journal.
struct outcome {
    std::string words;
    std::optional<domain::mismatch_kind> mismatch{};
    std::string other{};
};

std::string digits_of(const hlr_action& what) { return what.number.text().substr(1); }  // without the plus

bool is_of_line(const hlr_action& what, const std::string& imsi) {
    return imsi == what.imsi.text() || std::ranges::find(what.of_line, imsi, &base::imsi::text) != what.of_line.end();
}

outcome serves_other(const hlr_subscriber& found) {
    return {"not done: at the HLR the IMSI has another number", domain::mismatch_kind::imsi_serves_other,
            "+" + found.msisdn};
}

/// Read before anything is written: an IMSI that has another number is somebody else's by the HLR's word, and is left
/// alone whatever the journal says.
result<std::optional<outcome>> somebody_elses(hlr_session& hlr, const hlr_action& what) {
    TRY(found, hlr.find(what.imsi));
    if (found && !found->msisdn.empty() && found->msisdn != digits_of(what)) return serves_other(*found);
    return std::nullopt;
}

outcome of_other(const hlr_subscriber& holder) {
    return {"not proved: at the HLR the number belongs to an IMSI that is not of this line",
            domain::mismatch_kind::number_of_other, holder.imsi};
}

/// Absence of the IMSI is no proof that the number is not served: whoever has the number is asked for too.
result<std::optional<outcome>> served_elsewhere(hlr_session& hlr, const hlr_action& what) {
    TRY(holder, hlr.find_holder(digits_of(what)));
    if (!holder || is_of_line(what, holder->imsi)) return std::nullopt;
    return of_other(*holder);
}

/// The number goes to this IMSI. A subscriber in service that holds it keeps it: nobody's number is taken away by a
/// mistake of ours. Of this line's own, that is tried again (the bar of its former profile may be on its way); a barred
/// one hands the number over.
result<void> take_from_holder(hlr_session& hlr, const hlr_subscriber& holder) {
    if (holder.cs || holder.ps)
        return refuse(code::peer_garbled, "The number belongs to another profile of the line, still in service.");
    auto other = base::imsi::parse(holder.imsi);
    if (!other) return refuse(code::peer_garbled, "The HLR's answer makes no sense.");
    CHECK(hlr.set_msisdn(*other, "none"));
    return {};
}

result<outcome> provision(hlr_session& hlr, const hlr_action& what) {
    const auto digits = digits_of(what);
    TRY(other_number, somebody_elses(hlr, what));
    if (other_number) return *other_number;
    TRY(holder, hlr.find_holder(digits));
    if (holder && holder->imsi != what.imsi.text()) {
        if (!is_of_line(what, holder->imsi) && (holder->cs || holder->ps))
            return outcome{"not done: at the HLR the number is served by an IMSI that is not of this line",
                           domain::mismatch_kind::number_of_other, holder->imsi};
        CHECK(take_from_holder(hlr, *holder));
    }
    CHECK(hlr.create(what.imsi));
    TRY(set, hlr.set_msisdn(what.imsi, digits));
    if (set != change::done) return refuse(code::peer_garbled, "The HLR could not set the number.");
    CHECK(hlr.set_access_mode(what.imsi, "cs+ps"));
    TRY(after, hlr.find(what.imsi));
    if (!after || after->msisdn != digits || !after->cs || !after->ps)
        return refuse(code::peer_garbled, "The HLR did not keep what was provisioned.");
    return outcome{"provisioned: number and network-access-mode cs+ps read back"};
}

result<outcome> bar(hlr_session& hlr, const hlr_action& what) {
    TRY(other_number, somebody_elses(hlr, what));
    if (other_number) return *other_number;
    TRY(elsewhere, served_elsewhere(hlr, what));
    TRY(changed, hlr.set_access_mode(what.imsi, "none"));
    TRY(after, hlr.find(what.imsi));
    if (!after) {  // deleted before: the network serves it even less
        if (elsewhere) return *elsewhere;
        TRY(proof, prove_refused(hlr, what.imsi, cause_imsi_unknown));
        return outcome{"barred: no such subscriber read back, nor another one with the number; " + proof};
    }
    if (changed == change::unknown || after->cs || after->ps)
        return refuse(code::peer_garbled, "The HLR still gives service after the bar.");
    if (elsewhere) return *elsewhere;
    TRY(proof, prove_refused(hlr, what.imsi, cause_plmn_not_allowed));
    return outcome{"barred: network-access-mode none read back; " + proof};
}

result<outcome> unbar(hlr_session& hlr, const hlr_action& what) {
    TRY(other_number, somebody_elses(hlr, what));
    if (other_number) return *other_number;
    TRY(changed, hlr.set_access_mode(what.imsi, "cs+ps"));
    if (changed == change::unknown)
        return refuse(code::peer_refused, "The HLR has no such subscriber to unbar; provision it again.");
    TRY(after, hlr.find(what.imsi));
    if (!after || !after->cs || !after->ps)
        return refuse(code::peer_garbled, "The HLR gives no service after the unbar.");
    return outcome{"unbarred: network-access-mode cs+ps read back"};
}

result<outcome> remove(hlr_session& hlr, const hlr_action& what) {
    TRY(other_number, somebody_elses(hlr, what));
    if (other_number) return *other_number;
    CHECK(hlr.remove(what.imsi));
    TRY(after, hlr.find(what.imsi));
    if (after) return refuse(code::peer_garbled, "The HLR still has the subscriber after its deletion.");
    TRY(holder, hlr.find_holder(digits_of(what)));
    if (holder && !is_of_line(what, holder->imsi)) return of_other(*holder);
    TRY(proof, prove_refused(hlr, what.imsi, cause_imsi_unknown));
    const std::string number =
        holder ? "the number is with another profile of the line" : "no subscriber has the number";
    return outcome{"deleted: no such subscriber read back; " + number + "; " + proof};
}

/// The number moves to another profile of the line: this one has neither number nor service any more.
result<outcome> detach(hlr_session& hlr, const hlr_action& what) {
    TRY(other_number, somebody_elses(hlr, what));
    if (other_number) return *other_number;
    // First the service, because only that is pushed to the serving node.
    TRY(changed, hlr.set_access_mode(what.imsi, "none"));
    if (changed != change::unknown) CHECK(hlr.set_msisdn(what.imsi, "none"));
    TRY(after, hlr.find(what.imsi));
    if (!after) {
        TRY(proof, prove_refused(hlr, what.imsi, cause_imsi_unknown));
        return outcome{"detached: no such subscriber read back; " + proof};
    }
    if (after->cs || after->ps || !after->msisdn.empty())
        return refuse(code::peer_garbled,
                      "The HLR still has a number or service for the profile after its detachment.");
    TRY(proof, prove_refused(hlr, what.imsi, cause_plmn_not_allowed));
    return outcome{"detached: no number and network-access-mode none read back; " + proof};
}

/// From the vault. Errors name neither the profile nor anything of its keys.
result<hlr_auth> keys_of(const domain::hlr_keys& what, port::vault& vault) {
    auto stored = vault.open(port::profile_owner_of(what.iccid), port::profile_keys_kind);
    if (!stored && (stored.error().what == code::not_found || stored.error().what == code::erased))
        return refuse(code::peer_refused, "The vault holds no authentication keys for this profile.");
    if (!stored) return std::unexpected(std::move(stored).error());
    const auto keys = base::from_json<profile_keys>(*stored);
    const auto unusable = [] {
        return refuse(code::peer_refused, "The authentication keys of this profile in the vault cannot be used.");
    };
    if (!keys) return unusable();
    const auto ki = base::from_hex(keys->ki);
    const auto opc = base::from_hex(keys->opc);
    if (!ki || !opc) return unusable();
    if (keys->algorithm == "milenage" && ki->size() == 16 && opc->size() == 16)
        return hlr_auth{"MILENAGE", base::hex(*ki), base::hex(*opc)};
    if (keys->algorithm == "tuak" && (ki->size() == 16 || ki->size() == 32) && opc->size() == 32)
        return hlr_auth{"TUAK", base::hex(*ki), base::hex(*opc)};
    return unusable();
}

result<void> deliver_keys(hlr_session& hlr, const base::imsi& imsi, const hlr_auth& keys) {
    TRY(known, hlr.find(imsi));
    CHECK(hlr.create(imsi));
    TRY(before, hlr.find_auth(imsi));
    // New keys would cut off whoever is served under this IMSI with others.
    if (before && before != keys && known && !known->msisdn.empty())
        return refuse(code::peer_refused, "The HLR serves a number under this IMSI, with other keys.");
    if (before != keys) {
        TRY(changed, hlr.set_auth(imsi, keys));
        if (changed != change::done)
            return refuse(code::peer_garbled, "The HLR lost the subscriber it had just created.");
        TRY(after, hlr.find_auth(imsi));
        if (after != keys) return refuse(code::peer_garbled, "The HLR did not keep the authentication data.");
    }
    TRY(found, hlr.find(imsi));
    if (!found) return refuse(code::peer_garbled, "The HLR lost the subscriber it had just created.");
    // A new subscriber is in service by itself at osmo-hlr.
    if (!found->msisdn.empty() || (!found->cs && !found->ps)) return {};
    TRY(closed, hlr.set_access_mode(imsi, "none"));
    if (closed != change::done) return refuse(code::peer_garbled, "The HLR lost the subscriber it had just created.");
    return {};
}

result<outcome> carry_out(hlr_session& hlr, const hlr_action& what) {
    switch (what.operation) {
        case hlr_operation::provision: return provision(hlr, what);
        case hlr_operation::bar: return bar(hlr, what);
        case hlr_operation::unbar: return unbar(hlr, what);
        case hlr_operation::remove: return remove(hlr, what);
        case hlr_operation::detach: return detach(hlr, what);
    }
    ENSURE(false);
}

port::delivered answered(const hlr_action& what, outcome came) {
    port::delivered out;
    out.answer =
        domain::hlr_answered{what.operation, what.imsi, std::move(came.words), came.mismatch, std::move(came.other)};
    return out;
}

class osmo_hlr_connector final : public port::connector {
 public:
    osmo_hlr_connector(const hlr_settings& how, port::vault& vault, std::atomic<std::int64_t>* names_taken)
        : how_(how), vault_(vault), names_taken_(names_taken) {
        ENSURE(how.connections >= 1);
        for (int i = 1; i <= how.connections; ++i) {
            sessions_.push_back(std::make_unique<hlr_session>(how, i));
            free_.push_back(sessions_.back().get());
        }
    }

    result<port::delivered> deliver(const port::outbound& what) override {
        if (const auto* keys = std::get_if<domain::hlr_keys>(&what.what)) {
            TRY(secret, keys_of(*keys, vault_));
            CHECK(with_session(keys->imsi, [&](hlr_session& hlr) { return deliver_keys(hlr, keys->imsi, secret); }));
            return port::delivered{};
        }
        const auto* action = std::get_if<hlr_action>(&what.what);
        ENSURE(action != nullptr && !action->imsi.empty());
        TRY(came, with_session(action->imsi, [&](hlr_session& hlr) { return carry_out(hlr, *action); }));
        return answered(*action, std::move(came));
    }
    std::string trouble() const override { return health_.trouble(); }

 private:
    /// Runs one operation on a free connection, after any other on the same IMSI.
    template <typename Operation>
    auto with_session(const base::imsi& imsi, Operation&& run) -> std::invoke_result_t<Operation, hlr_session&> {
        const std::scoped_lock in_turn(turns_[std::hash<std::string>{}(imsi.text()) % turns_.size()]);
        auto* session = take();
        if (session == nullptr) return refuse(code::too_many, "Every connection to the HLR is busy.");
        auto outcome = run(*session);
        give_back(session);
        health_.note(outcome);
        return outcome;
    }
    hlr_session* take() {
        std::unique_lock held(mutex_);
        if (!freed_.wait_for(held, how_.answer_timeout, [this] { return !free_.empty(); })) return nullptr;
        auto* out = free_.back();
        free_.pop_back();
        return out;
    }
    void give_back(hlr_session* session) {
        {
            const std::scoped_lock held(mutex_);
            free_.push_back(session);
            if (names_taken_ != nullptr)
                *names_taken_ = std::ranges::count_if(sessions_, [](const auto& one) { return one->name_taken(); });
            for (auto* one : free_) one->close_idle(std::chrono::steady_clock::now());
        }
        freed_.notify_one();
    }

    hlr_settings how_;
    port::vault& vault_;
    std::atomic<std::int64_t>* names_taken_;
    std::array<std::mutex, 64> turns_;  // by IMSI; taken before a connection is
    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<hlr_session>> sessions_;
    std::vector<hlr_session*> free_;  // the last used is taken first, so that few connections suffice under little load
    peer_health health_;
};

class no_hlr_connector final : public port::connector {
 public:
    result<port::delivered> deliver(const port::outbound& what) override {
        if (std::holds_alternative<domain::hlr_keys>(what.what)) return port::delivered{};
        const auto* action = std::get_if<hlr_action>(&what.what);
        ENSURE(action != nullptr && !action->imsi.empty());
        const auto name = [&]() -> std::string_view {
            switch (action->operation) {
                case hlr_operation::provision: return "provisioned";
                case hlr_operation::bar: return "barred";
                case hlr_operation::unbar: return "unbarred";
                case hlr_operation::remove: return "deleted";
                case hlr_operation::detach: return "detached";
            }
            ENSURE(false);
        }();
        return answered(*action, {"no HLR is configured: nothing was " + std::string(name) + " and " +
                                  std::string(domain::nothing_proved)});
    }
};

}  // namespace

std::unique_ptr<port::connector> make_osmo_hlr_connector(const hlr_settings& how, port::vault& vault,
                                                         std::atomic<std::int64_t>* names_taken) {
    return std::make_unique<osmo_hlr_connector>(how, vault, names_taken);
}

std::unique_ptr<port::connector> make_no_hlr_connector() { return std::make_unique<no_hlr_connector>(); }

}  // namespace keepline::link
