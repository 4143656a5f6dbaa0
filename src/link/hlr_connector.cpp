#include "link/hlr_connector.hpp"

#include "base/ensure.hpp"
#include "link/hlr_session.hpp"
#include "link/peer_health.hpp"

#include <array>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <mutex>
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

/// The number goes to this IMSI. A subscriber in service that holds it keeps it: nobody's number is taken away by a
/// mistake of ours, and this is tried again (the bar of the line's former profile may be on its way). A barred one
/// hands it over.
result<void> assign_number(hlr_session& hlr, const base::imsi& imsi, const std::string& digits) {
    TRY(first, hlr.set_msisdn(imsi, digits));
    if (first == change::done) return {};
    if (first == change::unknown) return refuse(code::peer_garbled, "The HLR lost the subscriber it had just created.");
    TRY(holder, hlr.find_holder(digits));
    if (holder && (holder->cs || holder->ps))
        return refuse(code::peer_garbled, "The number belongs to another subscriber in service at the HLR.");
    if (holder) {
        auto other = base::imsi::parse(holder->imsi);
        if (!other) return refuse(code::peer_garbled, "The HLR's answer makes no sense.");
        CHECK(hlr.set_msisdn(*other, "none"));
    }
    TRY(second, hlr.set_msisdn(imsi, digits));
    if (second != change::done) return refuse(code::peer_garbled, "The HLR could not set the number.");
    return {};
}

result<std::string> provision(hlr_session& hlr, const hlr_action& what) {
    const auto digits = what.number.text().substr(1);  // without the plus
    CHECK(hlr.create(what.imsi));
    CHECK(assign_number(hlr, what.imsi, digits));
    CHECK(hlr.set_access_mode(what.imsi, "cs+ps"));
    TRY(after, hlr.find(what.imsi));
    if (!after || after->msisdn != digits || !after->cs || !after->ps)
        return refuse(code::peer_garbled, "The HLR did not keep what was provisioned.");
    return std::string("provisioned: number and network-access-mode cs+ps read back");
}

result<std::string> bar(hlr_session& hlr, const hlr_action& what) {
    TRY(changed, hlr.set_access_mode(what.imsi, "none"));
    TRY(after, hlr.find(what.imsi));
    if (!after) {  // deleted before: the network serves it even less
        TRY(proof, prove_refused(hlr, what.imsi, cause_imsi_unknown));
        return "barred: no such subscriber read back; " + proof;
    }
    if (changed == change::unknown || after->cs || after->ps)
        return refuse(code::peer_garbled, "The HLR still gives service after the bar.");
    TRY(proof, prove_refused(hlr, what.imsi, cause_plmn_not_allowed));
    return "barred: network-access-mode none read back; " + proof;
}

result<std::string> unbar(hlr_session& hlr, const hlr_action& what) {
    TRY(changed, hlr.set_access_mode(what.imsi, "cs+ps"));
    if (changed == change::unknown)
        return refuse(code::peer_refused, "The HLR has no such subscriber to unbar; provision it again.");
    TRY(after, hlr.find(what.imsi));
    if (!after || !after->cs || !after->ps)
        return refuse(code::peer_garbled, "The HLR gives no service after the unbar.");
    return std::string("unbarred: network-access-mode cs+ps read back");
}

result<std::string> remove(hlr_session& hlr, const hlr_action& what) {
    CHECK(hlr.remove(what.imsi));
    TRY(after, hlr.find(what.imsi));
    if (after) return refuse(code::peer_garbled, "The HLR still has the subscriber after its deletion.");
    TRY(proof, prove_refused(hlr, what.imsi, cause_imsi_unknown));
    return "deleted: no such subscriber read back; " + proof;
}

result<std::string> carry_out(hlr_session& hlr, const hlr_action& what) {
    switch (what.operation) {
        case hlr_operation::provision: return provision(hlr, what);
        case hlr_operation::bar: return bar(hlr, what);
        case hlr_operation::unbar: return unbar(hlr, what);
        case hlr_operation::remove: return remove(hlr, what);
    }
    ENSURE(false);
}

const hlr_action& action_of(const port::outbound& what) {
    const auto* action = std::get_if<hlr_action>(&what.what);
    ENSURE(action != nullptr && !action->imsi.empty());
    return *action;
}

port::delivered answered(const hlr_action& what, std::string words) {
    port::delivered out;
    out.answer = domain::hlr_answered{what.operation, what.imsi, std::move(words)};
    return out;
}

class osmo_hlr_connector final : public port::connector {
 public:
    explicit osmo_hlr_connector(const hlr_settings& how) : how_(how) {
        ENSURE(how.connections >= 1);
        for (int i = 1; i <= how.connections; ++i) {
            sessions_.push_back(std::make_unique<hlr_session>(how, i));
            free_.push_back(sessions_.back().get());
        }
    }

    result<port::delivered> deliver(const port::outbound& what) override {
        const auto& action = action_of(what);
        auto* session = take();
        if (session == nullptr) return refuse(code::too_many, "Every connection to the HLR is busy.");
        auto words = carry_out(*session, action);
        give_back(session);
        health_.note(words);
        if (!words) return std::unexpected(std::move(words).error());
        return answered(action, std::move(*words));
    }
    std::string trouble() const override { return health_.trouble(); }

 private:
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
            for (auto* one : free_) one->close_idle(std::chrono::steady_clock::now());
        }
        freed_.notify_one();
    }

    hlr_settings how_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<hlr_session>> sessions_;
    std::vector<hlr_session*> free_;  // the last used is taken first, so that few connections suffice under little load
    peer_health health_;
};

class no_hlr_connector final : public port::connector {
 public:
    result<port::delivered> deliver(const port::outbound& what) override {
        const auto& action = action_of(what);
        const auto name = [&]() -> std::string_view {
            switch (action.operation) {
                case hlr_operation::provision: return "provisioned";
                case hlr_operation::bar: return "barred";
                case hlr_operation::unbar: return "unbarred";
                case hlr_operation::remove: return "deleted";
            }
            ENSURE(false);
        }();
        return answered(action, "no HLR is configured: nothing was " + std::string(name) + " and nothing is proved");
    }
};

}  // namespace

std::unique_ptr<port::connector> make_osmo_hlr_connector(hlr_settings how) {
    return std::make_unique<osmo_hlr_connector>(how);
}

std::unique_ptr<port::connector> make_no_hlr_connector() { return std::make_unique<no_hlr_connector>(); }

}  // namespace keepline::link
