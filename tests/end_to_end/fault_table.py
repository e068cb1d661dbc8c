"""What becomes of a zone whose answer is disturbed, for every kind of fault that the simulated Cloudflare knows."""

from typing import Final

FAILED: Final = {
    "forbidden": (
        "forbidden_10000",
        "forbidden_10000_in_400",
        "forbidden_10001_method",
        "forbidden_9109_location",
        "forbidden_9109_resource",
        "forbidden_9109_token",
    ),
    "zone_not_found": (
        "no_route_7000",
        "zone_not_found_7003",
        "zone_not_found_7003_7000_in_400",
    ),
    "server_error": (
        "failure_bare",
        "failure_with_text_code",
        "forbidden_10001_internal",
        "http_500_empty",
        "http_500_json",
        "http_502_empty",
        "http_502_text",
        "http_503_json",
        "http_503_text",
        "http_504_text",
        "http_520_html",
        "http_521_html",
        "http_522_html",
        "http_524_html",
        "http_525_html",
        "http_530_html",
        "internal_10001_in_500",
        "success_false",
    ),
    "timeout": ("http_408",),
    "refused": (
        "failure_with_null_errors",
        "failure_with_text_errors",
        "failure_with_text_items",
        "failure_without_errors",
        "http_204",
        "http_403_html",
        "http_404_html",
        "http_418_json",
        "redirect_301",
        "redirect_302",
        "redirect_307",
        "success_false_with_result",
    ),
    "bad_response": (
        "app_id_empty",
        "app_id_number",
        "boolean_number",
        "broken_gzip",
        "cut_gzip",
        "cut_headers",
        "cut_json",
        "deep_json",
        "duplicate_app_id",
        "duplicate_key",
        "endless_number",
        "gzip_bomb",
        "html_200",
        "http_200_empty",
        "huge_body",
        "huge_number",
        "infinity",
        "invalid_utf8",
        "list_number",
        "minus_infinity",
        "missing_field",
        "nan",
        "negative",
        "not_gzip",
        "null_number",
        "overflow",
        "result_object",
        "result_text",
        "row_null",
        "row_text",
        "string_number",
        "success_missing",
        "success_null",
        "success_text",
        "text_200",
        "too_short_a_length",
        "top_level_empty",
        "top_level_list",
        "top_level_null",
        "top_level_number",
        "top_level_text",
        "unasked_brotli",
    ),
    "network": (
        "broken_chunks",
        "closed_before_answer",
        "connection_reset",
        "cut_chunks",
        "cut_short",
        "not_http",
    ),
}
"""By reason: the zone has no numbers."""

TRUE: Final = (
    "byte_order_mark",
    "charset",
    "chunked",
    "drip_body",
    "drip_headers",
    "errors_absent",
    "errors_null",
    "errors_with_success",
    "extra_fields",
    "goodbye",
    "hang",
    "hang_in_body",
    "latency",
    "message_code",
    "message_text",
    "messages_absent",
    "messages_null",
    "silent_goodbye",
    "slow",
    "unknown_envelope_field",
    "whole_floats",
    "wrong_content_type",
)
"""Collected: odd, and yet the numbers are those that were measured."""

LEFT_OUT: Final = ("result_absent", "result_empty", "result_null")
"""Collected: the answer names no application, so those that are known had no traffic."""

ROUNDED: Final = ("fraction",)
"""Collected: a fraction of a byte is rounded."""

ADDED: Final = ("unknown_app_id",)
"""Collected: one application more than the list knows."""

LISTING: Final = (
    "app_with_null_name",
    "app_without_dns",
    "app_without_id",
    "no_result_info",
    "endless_pages",
)
"""Collected: only the list of names is disturbed. The endless one last: it spends what a run has for names."""

RATE_LIMITED: Final = (
    "http_429",
    "http_429_text",
    "rate_limited_10100",
    "rate_limited_10100_in_200",
    "rate_limited_10429",
    "rate_limited_10429_in_200",
    "rate_limited_10500",
    "rate_limited_10500_in_200",
    "rate_limited_971",
    "rate_limited_971_in_200",
)
"""Stops the run, whoever hears it."""

UNAUTHORIZED: Final = (
    "malformed_6003_key",
    "malformed_6003_token",
    "missing_credentials_9106",
    "unauthorized_1000",
    "unauthorized_10000",
    "unknown_key_9103",
)
"""Said to one zone while the others are served: that zone's alone."""

LOCKED_OUT: Final = ("locked_out_10502", "locked_out_10502_in_429")
"""Stops the run, whoever hears it."""
