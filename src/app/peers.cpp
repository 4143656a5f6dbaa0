#include "app/peers.hpp"

#include "app/provider.hpp"
#include "app/refund_gate.hpp"
#include "app/smdp_site.hpp"
#include "app/texts.hpp"
#include "desk/topics.hpp"
#include "link/call_back_connector.hpp"
#include "link/counting_transport.hpp"
#include "link/hlr_connector.hpp"
#include "link/maildir_transport.hpp"
#include "link/message_connector.hpp"
#include "link/refund_connector.hpp"
#include "link/signer_connector.hpp"
#include "link/smpp_transport.hpp"
#include "link/smtp_transport.hpp"
#include "link/spool_transport.hpp"
#include "link/text_check.hpp"
#include "link/webhook_sender.hpp"

#include <algorithm>

namespace keepline::app {

namespace {

using base::duration;
using connector_ptr = std::unique_ptr<port::connector>;

/// "[sms] …": which part of the configuration did not work.
template <typename T>
result<T> named(std::string_view section, result<T> made) {
    if (made) return made;
    auto failure = std::move(made).error();
    failure.words = "[" + std::string(section) + "] " + failure.words;
    return std::unexpected(std::move(failure));
}

std::shared_ptr<link::message_budget> budget(const messages_config& how, const peer_parts& with,
                                             port::message_metrics& metrics) {
    link::message_limits out;
    out.address = {how.address_hour, how.address_day};
    out.line = {how.line_hour, how.line_day};
    out.prefix = {how.prefix_hour, how.prefix_day};
    out.all = {how.all_hour, how.all_day};
    out.prefix_digits = static_cast<int>(how.prefix_digits);
    out.reserve = {how.reserve_hour, how.reserve_day};
    out.numbers = {how.own_numbers, how.special_numbers};
    const auto key = base::sha256(base::view(with.secrets->keyed_digest("budget", "", "sketch")));
    return std::make_shared<link::message_budget>(out, key, &metrics);
}

/// Calls have budgets of their own, over every phone: none is vouched for.
std::shared_ptr<link::message_budget> call_budget(const config& how, const peer_parts& with) {
    const auto& calls = how.hotline;
    link::message_limits out;
    out.address = {calls.call_address_hour, calls.call_address_day};
    out.line = {calls.call_line_hour, calls.call_line_day};
    out.prefix = {calls.call_prefix_hour, calls.call_prefix_day};
    out.all = {calls.call_all_hour, calls.call_all_day};
    out.prefix_digits = static_cast<int>(how.messages.prefix_digits);
    const auto key = base::sha256(base::view(with.secrets->keyed_digest("budget", "", "calls")));
    return std::make_shared<link::message_budget>(out, key, nullptr);
}

/// Texts that would leave a hole or say nothing are refused at the start, not noticed by a customer.
result<link::notice_voice> voice(const messages_config& how, bool replies) {
    TRY(texts, load_texts(how.texts));
    for (const auto& one : link::errors_of_texts(*texts))
        return base::refuse(base::code::config_invalid,
                            one.language + ", `" + one.key + "`: " + one.what + ". See keepline text check.");
    return link::notice_voice{how.operator_name, how.hotline, std::move(texts), replies};
}

link::message_parts message_parts(const link::notice_voice& speaks, const peer_parts& with,
                                  std::shared_ptr<link::message_budget> budget, port::message_metrics& metrics) {
    return {.vault = with.vault,
            .secrets = with.secrets,
            .clock = with.clock,
            .log = with.log,
            .voice = speaks,
            .budget = std::move(budget),
            .metrics = &metrics,
            .routes = with.routes,
            .codes = with.codes,
            .complaints = with.complaints};
}

result<std::unique_ptr<link::text_transport>> text_transport(const sms_config& how, const peer_parts& with,
                                                             port::message_metrics& counted) {
    if (how.kind == "none") return std::make_unique<link::counting_text_transport>();
    if (how.kind == "pretended") return with.pretended->smsc();
    if (how.kind == "spool") return link::make_spool_transport({how.spool}, *with.clock);
    link::smpp_settings out;
    out.host = how.host;
    out.port = static_cast<int>(how.port);
    out.system_id = how.system_id;
    out.password = how.password;
    out.system_type = how.system_type;
    out.source = how.source;
    out.two_connections = how.bind == "two_connections";
    out.version = how.version == "5.0" ? 0x50 : 0x34;
    out.window = static_cast<int>(how.window);
    out.rate_max = static_cast<double>(how.rate_max);
    out.ids = how.receipt_ids == "exact"     ? link::receipt_ids::exact
              : how.receipt_ids == "hex"     ? link::receipt_ids::hex
              : how.receipt_ids == "decimal" ? link::receipt_ids::decimal
                                             : link::receipt_ids::automatic;
    out.unmarked_receipts = how.unmarked_receipts;
    out.receipt_id_tag = static_cast<std::uint16_t>(how.receipt_id_tlv);
    out.inbound.alphabet = how.alphabet == "latin-1" ? link::smsc_alphabet::latin_1
                           : how.alphabet == "ascii" ? link::smsc_alphabet::ascii
                           : how.alphabet == "utf-8" ? link::smsc_alphabet::utf_8
                                                     : link::smsc_alphabet::gsm;
    out.inbound.country_code = how.country_code;
    out.inbound.per_sender_hour = static_cast<int>(how.inbound_hour);
    out.inbound.per_sender_day = static_cast<int>(how.inbound_day);
    out.inbound.always_read = with.always_read;
    out.inbound.secret = base::sha256(base::view(with.secrets->keyed_digest("inbound", "", "message-id")));
    out.connect_timeout = duration{how.connect_timeout_ms};
    out.response_timeout = duration{how.response_timeout_ms};
    out.enquire_every = duration{how.enquire_every_ms};
    out.reconnect_max = duration{how.reconnect_max_ms};
    out.reconnect_first = std::min(out.reconnect_first, out.reconnect_max);
    return link::make_smpp_transport(std::move(out), with.receipts, *with.log,
                                     {.inbound = with.inbound, .metrics = &counted.smsc, .clock = with.clock});
}

result<std::unique_ptr<link::mail_transport>> mail_transport(const mail_config& how, const peer_parts& with) {
    if (how.kind == "none") return std::make_unique<link::counting_mail_transport>();
    if (how.kind == "pretended") return with.pretended->mail_server();
    const link::mail_sender sender{how.from, how.from_name};
    if (how.kind == "maildir") return link::make_maildir_transport({how.maildir, sender});
    link::smtp_settings out;
    out.host = how.host;
    out.port = static_cast<int>(how.port);
    out.security = how.security == "tls"        ? link::smtp_security::tls
                   : how.security == "starttls" ? link::smtp_security::starttls
                                                : link::smtp_security::none;
    out.ca_file = how.ca_file;
    out.user = how.user;
    out.password = how.password;
    out.helo = how.helo;
    out.sender = sender;
    out.connect_timeout = duration{how.connect_timeout_ms};
    out.total_timeout = duration{how.total_timeout_ms};
    return link::make_smtp_transport(std::move(out));
}

connector_ptr hlr(const hlr_config& how, const peer_parts& with, port::message_metrics& counted) {
    if (how.kind == "pretended") return with.pretended->hlr();
    if (how.kind == "none") return link::make_no_hlr_connector();
    link::hlr_settings out;
    out.host = how.host;
    out.vty_port = static_cast<int>(how.vty_port);
    out.ctrl_port = static_cast<int>(how.ctrl_port);
    out.gsup_port = static_cast<int>(how.gsup_port);
    out.unit_name = how.unit_name;
    out.connections = static_cast<int>(how.connections);
    out.connect_timeout = duration{how.connect_timeout_ms};
    out.answer_timeout = duration{how.answer_timeout_ms};
    return link::make_osmo_hlr_connector(out, *with.vault, &counted.hlr_names_taken);
}

link::refund_settings refunds(const refund_config& how, const peer_parts& with) {
    link::refund_settings out;
    out.folder = how.folder;
    out.from = {how.debtor_name, how.debtor_account, how.debtor_bic};
    out.linger = duration{how.linger_ms};
    out.batch_max = static_cast<std::size_t>(how.batch_max);
    out.noted = [&notes = *with.notes, &log = *with.log](const link::refund_mark& now) {
        if (const auto done = note_refund_mark(now, notes); !done)
            log.warning("refund_log_unnoted", "", {{"reason", done.error().words}});
    };
    return out;
}

link::webhook_settings webhooks(const config& all) {
    const auto& how = all.webhooks;
    link::webhook_settings out;
    out.public_targets = !all.sandbox;
    out.ca_file = how.ca_file;
    out.connect_timeout = duration{how.connect_timeout_ms};
    out.total_timeout = duration{how.total_timeout_ms};
    out.plain_http = how.plain_http;
    out.private_targets = how.private_targets;
    return out;
}

result<std::vector<desk::fixed_webhook>> configured(const std::vector<webhook_config>& all) {
    std::vector<desk::fixed_webhook> out;
    for (const auto& one : all) {
        TRY(to, link::configured_webhook(one.name, one.url, one.secret, one.secret_before));
        const auto same = [&](const desk::fixed_webhook& other) { return other.to.name == one.name; };
        if (one.name.starts_with("wh_"))
            return base::refuse(base::code::config_invalid,
                                "The webhook endpoint '" + one.name +
                                    "': names that begin with wh_ are those of webhooks made through the API.");
        if (std::ranges::any_of(out, same))
            return base::refuse(base::code::config_invalid,
                                "The webhook endpoint '" + one.name + "': another one has this name.");
        if (auto known = desk::check_topics(one.topics, domain::role::admin); !known)
            return base::refuse(base::code::config_invalid,
                                "The webhook endpoint '" + one.name + "': " + known.error().words);
        out.push_back({std::move(to), one.topics});
    }
    return out;
}

/// The journal is the webhooks' queue: what is published only wakes their courier.
class news_poke final : public port::connector {
 public:
    explicit news_poke(std::function<void()> poke) : poke_(std::move(poke)) {}
    port::result<port::delivered> deliver(const port::outbound&) override {
        if (poke_) poke_();
        return port::delivered{};
    }

 private:
    std::function<void()> poke_;
};

/// The connectors that are made of nothing but the configuration; open() makes them in the same way.
result<connector_ptr> progress_connector(const config& how) {
    TRY(progress, es2_progress_settings(how));
    return named("operator", link::make_es2_progress_connector(std::move(progress)));
}

result<connector_ptr> smds_connector(const config& how) {
    TRY(events, smds_settings_of(how));
    return named("sm_ds", link::make_smds_connector(std::move(events)));
}

}  // namespace

port::callable_phones callable_phones_of(const config& how) {
    const bool calls =
        !how.hotline.calls.listen.empty() &&
        std::ranges::any_of(how.hotline.calls.trunks, [](const auto& one) { return !one.server.empty(); });
    if (!calls) return {};
    port::callable_phones out{how.hotline.call_prefixes, {how.messages.own_numbers, how.messages.special_numbers}};
    if (out.prefixes.empty() && how.sms.country_code == "86") out.prefixes = {"+861"};
    return out;
}

result<void> peers::check(const config& how) {
    CHECK(named("messages", voice(how.messages, takes_replies(how))));
    if (how.mail.kind == "smtp") CHECK(named("mail", mail_transport(how.mail, {})));
    if (!how.refund.debtor_account.empty())
        CHECK(named("refund",
                    link::check_payer({how.refund.debtor_name, how.refund.debtor_account, how.refund.debtor_bic})));
    CHECK(named("webhooks", link::make_webhook_sender(webhooks(how), port::system_clock())));
    CHECK(named("webhook", configured(how.webhook)));
    CHECK(progress_connector(how));
    CHECK(smds_connector(how));
    CHECK(provider_rules_of(how));
    CHECK(proof_rules_of(how));
    return {};
}

result<std::unique_ptr<peers>> peers::open(const config& how, const peer_parts& with) {
    auto out = std::make_unique<peers>();
    const auto at = [&](domain::destination one) -> connector_ptr& {
        return out->by_destination_[static_cast<std::size_t>(one)];
    };
    auto& counted = out->messages_;
    const auto limits = budget(how.messages, with, counted);
    TRY(speaks, named("messages", voice(how.messages, takes_replies(how))));
    TRY(mail, named("mail", mail_transport(how.mail, with)));
    at(domain::destination::mail) =
        link::make_mail_connector(message_parts(speaks, with, limits, counted), std::move(mail));
    at(domain::destination::hlr) = hlr(how.hlr, with, counted);
    if (!how.refund.debtor_account.empty()) {  // without it there is no connector, and refunds wait
        CHECK(check_refund_log(how.refund.folder, *with.notes));
        TRY(refund, named("refund", link::make_refund_connector(refunds(how.refund, with), *with.vault, *with.clock,
                                                                *with.secrets)));
        auto gated = make_refund_gate(std::move(refund), *with.notes);
        at(domain::destination::refund) =
            with.pretended == nullptr ? std::move(gated) : with.pretended->bank(std::move(gated));
    }
    // Whoever is called checks when it was signed, by a clock that is not ours to move.
    static const port::system_clock machine;
    const port::clock& signed_at = how.sandbox ? static_cast<const port::clock&>(machine) : *with.clock;
    TRY(webhook, named("webhooks", link::make_webhook_sender(webhooks(how), signed_at)));
    out->webhook_sender_ = std::move(webhook);
    TRY(fixed, named("webhook", configured(how.webhook)));
    out->configured_webhooks_ = std::move(fixed);
    at(domain::destination::webhook) = std::make_unique<news_poke>(with.news);
    TRY(es2, progress_connector(how));
    at(domain::destination::operator_es2) = std::move(es2);
    TRY(smds, smds_connector(how));
    at(domain::destination::sm_ds) = std::move(smds);
    at(domain::destination::signer) =
        link::make_signer_connector(with.signing, how.messages.operator_name, how.sandbox);
    at(domain::destination::voice) = link::make_call_back_connector({.vault = with.vault,
                                                                     .secrets = with.secrets,
                                                                     .clock = with.clock,
                                                                     .budget = call_budget(how, with),
                                                                     .calls = with.calls,
                                                                     .phones = callable_phones_of(how)});
    TRY(text, named("sms", text_transport(how.sms, with, counted)));  // last: an SMSC may be talking from here on
    at(domain::destination::sms) =
        link::make_sms_connector(message_parts(speaks, with, limits, counted), std::move(text));
    return out;
}

std::array<port::connector*, domain::destination_count> peers::all() const {
    std::array<port::connector*, domain::destination_count> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = by_destination_[i].get();
    return out;
}

std::vector<desk::peer_trouble> peers::troubles() const {
    std::vector<desk::peer_trouble> out;
    if (by_destination_[static_cast<std::size_t>(domain::destination::refund)] == nullptr)
        out.push_back({"refund", "refund.debtor_account is not set; refunds wait"});
    for (std::size_t i = 0; i < by_destination_.size(); ++i) {
        if (by_destination_[i] == nullptr) continue;
        if (auto trouble = by_destination_[i]->trouble(); !trouble.empty())
            out.push_back(
                {boost::describe::enum_to_string(static_cast<domain::destination>(i), ""), std::move(trouble)});
    }
    return out;
}

}  // namespace keepline::app
