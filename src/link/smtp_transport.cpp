#include "link/smtp_transport.hpp"

#include "domain/message_words.hpp"
#include "link/curl_handle.hpp"
#include "link/peer_health.hpp"

#include <algorithm>
#include <cstring>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

struct upload {
    std::string_view rest;
};

std::size_t read_upload(char* into, std::size_t size, std::size_t count, void* from) {
    auto& rest = static_cast<upload*>(from)->rest;
    const auto part = std::min(size * count, rest.size());
    std::memcpy(into, rest.data(), part);
    rest.remove_prefix(part);
    return part;
}

/// libcurl's own words are fit to be kept: they name options and system errors, not what was sent.
std::unexpected<base::error> failure_of(CURLcode outcome, long reply) {
    const auto said = reply > 0 ? "The mail server answered " + std::to_string(reply) + "." : std::string();
    if (outcome == CURLE_LOGIN_DENIED) return refuse(code::peer_unreachable, "The mail server refuses our login.");
    if (is_unreachable(outcome))
        return refuse(code::peer_unreachable,
                      std::string("The mail server cannot be reached: ") + curl_easy_strerror(outcome) + ".");
    if (reply == 421 || reply == 530 || reply == 535) return refuse(code::peer_unreachable, said);
    if (reply == 452) return refuse(code::too_many, said);
    if (reply >= 500 && reply < 600) return refuse(code::peer_refused, said);
    if (reply >= 400 && reply < 500) return refuse(code::peer_garbled, said);
    // Cut off in the middle: a reply in the 200s or 300s belongs to an earlier command.
    if (is_cut_off(outcome)) return refuse(code::peer_unreachable, "The mail server closed the connection.");
    return refuse(code::peer_garbled, std::string("Sending the mail failed: ") + curl_easy_strerror(outcome) + ".");
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

        const auto outcome = curl_easy_perform(curl);
        long reply = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
        // After a failure nobody knows what state the session is in: let it go.
        if (outcome == CURLE_OK) pool_.give_back(std::move(handle));
        result<handed_over> out = handed_over{"mail:<" + message_id(how_.sender, what.key) + ">", false};
        if (outcome != CURLE_OK) out = failure_of(outcome, reply);
        health_.note(out);
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
