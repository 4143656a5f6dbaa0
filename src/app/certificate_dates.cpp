#include "app/certificate_dates.hpp"

#include "app/files.hpp"
#include "rsp/x509_dates.hpp"

#include <algorithm>

namespace keepline::app {

namespace {

constexpr std::size_t certificate_file_max = 256UL * 1024;

}  // namespace

std::vector<desk::certificate_expiry> certificate_dates(const config& how) {
    std::vector<desk::certificate_expiry> out;
    const auto add = [&](const std::string& file, const char* what) {
        const bool known = std::ranges::find(out, file, &desk::certificate_expiry::file) != out.end();
        if (file.empty() || known) return;
        const auto text = read_file(file, certificate_file_max);
        if (!text) return;
        if (const auto end = rsp::first_end_in(*text)) out.push_back({file, what, *end});
    };
    add(how.http.tls_cert, "API");
    add(how.portal.tls_cert, "portal");
    for (const auto& one : how.es2) {
        add(one.tls_cert, "ES2");
        add(one.client_ca, "ES2 CA");
    }
    for (const auto& one : how.operators) add(one.progress_cert, "ES2 client");
    for (const auto& one : how.smds) add(one.cert, "ES12 client");
    for (const auto& one : how.smdp)
        for (const auto& root : one.more_roots) add(root, "root");
    return out;
}

}  // namespace keepline::app
