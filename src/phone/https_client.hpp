// HTTPS as an LPA needs it (SGP.22 v2.5 §2.6.6, §6): TLS 1.2 or 1.3, the server's chain verified up to the CIs that the
// eUICC trusts, its name against the address asked for, and its role (DPtls). One client belongs to one thread and
// keeps its connection.
#pragma once

#include "base/error.hpp"
#include "phone/certificate.hpp"

#include <memory>
#include <string>
#include <vector>

namespace keepline::phone {

struct https_settings {
    /// The trusted roots, PEM, one after another.
    std::string roots_pem;
    /// Where to connect instead of where the name points to ("127.0.0.1:8443"); the name is still the one verified.
    std::string connect_to;
    /// A whole base URL that takes the place of https://<address> (a plain HTTP listener behind a proxy).
    std::string server_url;
    bool needs_role = true;  // DPtls or DStls among the policies of the server's certificate
    long timeout_ms = 30'000;
    bool keep_connection = true;  // over several calls
    bool resume_sessions = true;  // of TLS, on a new connection
};

struct http_answer {
    long status = 0;
    std::string content_type;
    std::string admin_protocol;  // X-Admin-Protocol
    std::string body;
    std::size_t lines = 0;  // octets of header lines and trailers
};

class https_client {
 public:
    explicit https_client(https_settings settings);
    ~https_client();
    https_client(const https_client&) = delete;
    https_client& operator=(const https_client&) = delete;

    /// POSTs to https://<address><path>, or below server_url.
    base::result<http_answer> post(const std::string& address, const std::string& path,
                                   const std::vector<std::string>& headers, const std::string& body);
    /// POSTs to a whole URL.
    base::result<http_answer> post_url(const std::string& url, const std::vector<std::string>& headers,
                                       const std::string& body);
    /// The next call begins on a new connection.
    void hang_up();

 private:
    https_settings settings_;
    struct handle;
    std::unique_ptr<handle> handle_;
};

}  // namespace keepline::phone
