#include "link/smtp_transport.hpp"

#include "domain/message_words.hpp"
#include "link/curl_handle.hpp"
#include "link/peer_health.hpp"
#include "link/peer_judge.hpp"
#include "port/connector.hpp"

#include <algorithm>
#include <cstring>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

struct upload {
    std::string_view rest;
    bool all_sent = false;
};

std::size_t read_upload(char* into, std::size_t size, std::size_t count, void* from) {
    auto& whole = *static_cast<upload*>(from);
    auto& rest = whole.rest;
    const auto part = std::min(size * count, rest.size());
    whole.all_sent = rest.size() == part;
    std::memcpy(into, rest.data(), part);
    rest.remove_prefix(part);
    return part;
}

/// What was said in the session, as far as it matters: the last command's stage and the last reply. Of the texts
/// nothing is kept: they may name the customer, or hold a password.
struct dialogue {
    smtp_stage stage = smtp_stage::session;
    smtp_reply reply;       // since the last command; code 0: none yet
    bool all_sent = false;  // the message, to its end: from here on it may have been accepted
    bool over = false;
};

int listen_in(CURL*, curl_infotype what, char* data, std::size_t size, void* to) {
    auto& heard = *static_cast<dialogue*>(to);
    const std::string_view text(data, size);
    if (what == CURLINFO_HEADER_OUT) {
        // libcurl takes its leave after a refusal: what is said from there on is not about the message.
        heard.over = heard.over || text.starts_with("QUIT");
        if (heard.over) return 0;
        heard.reply = {};
        if (text.starts_with("MAIL")) heard.stage = smtp_stage::sender;
        if (text.starts_with("RCPT")) heard.stage = smtp_stage::recipient;
        if (text.starts_with("DATA")) heard.stage = smtp_stage::data;
    } else if (what == CURLINFO_HEADER_IN && !heard.over) {
        if (const auto reply = parse_smtp_reply(text); reply.code != 0) heard.reply = reply;
    }
    return 0;
}

/// libcurl's own words are fit to be kept: they name options and system errors, not what was sent.
base::error failure_of(CURLcode outcome, const dialogue& heard, const std::string& to, peer_judge& judge) {
    const bool may_have_happened = heard.all_sent && heard.reply.code < 400;  // 354, or nothing at all
    const bool in_the_middle = heard.stage != smtp_stage::session;
    if (outcome == CURLE_LOGIN_DENIED) return {code::peer_unreachable, "The mail server refuses our login."};
    if (heard.reply.code >= 400 && heard.reply.code < 600) {
        const auto said = smtp_answer(heard.reply, heard.stage);
        // 421 in the middle of a message is like a cut: the server lives, and it may be this message that it means.
        if (said.whom == concerns::peer && in_the_middle) return judge.cut(said.words, false);
        return judge.judge(said, to);
    }
    if (in_the_middle && (is_unreachable(outcome) || is_cut_off(outcome)))
        return judge.cut(outcome == CURLE_OPERATION_TIMEDOUT ? "The mail server did not answer in time."
                                                             : "The mail server closed the connection.",
                         may_have_happened);
    if (is_unreachable(outcome))
        return {code::peer_unreachable,
                std::string("The mail server cannot be reached: ") + curl_easy_strerror(outcome) + "."};
    if (is_cut_off(outcome)) return {code::peer_unreachable, "The mail server closed the connection."};
    base::error out{in_the_middle ? code::peer_garbled : code::peer_unreachable,
                    std::string("Sending the mail failed: ") + curl_easy_strerror(outcome) + "."};
    if (may_have_happened) out.data.push_back({std::string(port::may_have_happened), "yes"});
    return out;
}

class smtp_transport final : public mail_transport {
 public:
    explicit smtp_transport(smtp_settings how) : how_(std::move(how)) {
        const auto host = how_.host.contains(':') ? "[" + how_.host + "]" : how_.host;
        const auto domain = how_.sender.address.substr(how_.sender.address.find('@') + 1);
        url_ = std::string(how_.security == smtp_security::tls ? "smtps" : "smtp") + "://" + host + ":" +
               std::to_string(how_.port) + "/" + (how_.helo.empty() ? domain : how_.helo);
    }

    result<handed_over> send(const mail_message& what) override {
        const auto bytes = mail_bytes(how_.sender, what);
        upload body{bytes};
        curl_list recipients;
        add_line(recipients, "<" + what.to + ">");

        auto handle = pool_.take();
        auto* curl = handle.get();
        connection_options(curl);
        const auto from = "<" + how_.sender.address + ">";
        curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from.c_str());
        curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_upload);
        curl_easy_setopt(curl, CURLOPT_READDATA, &body);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(bytes.size()));

        dialogue heard;
        curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
        curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, listen_in);
        curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &heard);

        const auto outcome = curl_easy_perform(curl);
        heard.all_sent = body.all_sent;
        // After a failure nobody knows what state the session is in: let it go.
        if (outcome == CURLE_OK) pool_.give_back(std::move(handle));
        result<handed_over> out = handed_over{"mail:<" + message_id(how_.sender, what.key) + ">", false};
        // Whatever follows a "yes" to the whole message, and in whatever odd form that came: it was taken.
        const bool accepted = outcome == CURLE_OK || (heard.all_sent && heard.stage == smtp_stage::data &&
                                                      heard.reply.code >= 200 && heard.reply.code < 300);
        if (accepted)
            judge_.passed();
        else
            out = std::unexpected(failure_of(outcome, heard, what.to, judge_));
        // A message's own refusal is no trouble of the server's.
        const bool of_server = !out && (out.error().what == code::peer_unreachable ||
                                        out.error().what == code::too_many || heard.stage == smtp_stage::session);
        health_.set(of_server ? out.error().words : std::string());
        return out;
    }
    std::string trouble() const override { return health_.trouble(); }

 private:
    void connection_options(CURL* curl) const {
        curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
        set_call(curl, "smtp,smtps", {how_.connect_timeout, how_.total_timeout}, how_.ca_file);
        curl_easy_setopt(curl, CURLOPT_USE_SSL,
                         static_cast<long>(how_.security == smtp_security::none ? CURLUSESSL_NONE : CURLUSESSL_ALL));
        if (!how_.user.empty()) {
            curl_easy_setopt(curl, CURLOPT_USERNAME, how_.user.c_str());
            curl_easy_setopt(curl, CURLOPT_PASSWORD, how_.password.c_str());
        }
    }

    smtp_settings how_;
    std::string url_;
    curl_pool pool_;
    peer_judge judge_;
    peer_health health_;
};

}  // namespace

result<std::unique_ptr<mail_transport>> make_smtp_transport(smtp_settings how) {
    if (how.host.empty()) return refuse(code::config_invalid, "The mail server's host is missing.");
    if (!domain::is_mailbox(how.sender.address))
        return refuse(code::config_invalid, "The sender's address is not a mailbox.");
    if (!(how.user.empty() && how.password.empty()) && how.security == smtp_security::none)
        return refuse(code::config_invalid,
                      "A mail user and password are only sent over TLS: set security to starttls or tls.");
    return std::make_unique<smtp_transport>(std::move(how));
}

}  // namespace keepline::link
