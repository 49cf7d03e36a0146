/*
 * http_client_parts - what the files of the client share; nobody else's.
 *
 * http_client.c           the client: calls are started, driven, ended
 * http_client_call.c      one call: its handle, its state, curl's callbacks
 * http_client_easy.c      settings of handles, curl's results as lh_err
 * http_client_head.c      the head of an answer, line by line; pure
 * http_client_place.c     what URLs have in common, read by curl once
 * http_client_request.c   a request in the form that curl borrows; pure
 * http_client_socket.c    curl's sockets in our loop
 * http_client_tls.c       files of certificates and keys, checked
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_CLIENT_PARTS_H
#define LH_HTTP_CLIENT_PARTS_H

#include <sys/queue.h>

#include <curl/curl.h>

#include "base/bytes.h"
#include "http/http_client.h"

#define HTTP_CLIENT_MAX_FIELDS 256		/* of an answer */
#define HTTP_CLIENT_MAX_CA_BYTES (16 * 1024 * 1024)

/* --- the head of an answer --- */

enum http_client_head_state {
	HTTP_CLIENT_HEAD_STATUS,	/* a status line has to come */
	HTTP_CLIENT_HEAD_INTERIM,	/* in a 1xx answer, which is skipped */
	HTTP_CLIENT_HEAD_FIELDS,
	HTTP_CLIENT_HEAD_WHOLE		/* value is valid; trailers may come */
};

struct http_client_head {
	enum http_client_head_state state;
	struct bytes text;		/* the lines of fields */
	size_t passed;			/* bytes of interim answers, trailers */
	struct http_field *list;	/* kept from answer to answer */
	size_t capacity;
	struct http_head value;		/* lent from text and list */
};

void http_client_head_init(struct http_client_head *head, size_t max_bytes);
void http_client_head_clear(struct http_client_head *head);
void http_client_head_release(struct http_client_head *head);
/* One line with its end. LH_ERR_LIMIT or LH_ERR_UPSTREAM with a cause. */
enum lh_err http_client_head_line(struct http_client_head *head,
    struct span line, struct lh_cause *cause) LH_MUSTCHECK;

/* --- a request as curl borrows it --- */

struct http_client_request {
	char *memory;			/* one wiped block holds all below */
	const char *method;
	const char *url;
	const char *target;		/* in url, if the rest is the place */
	struct curl_slist *fields;
	struct curl_slist *connect_to;	/* NULL: where the URL says */
};

/* Where curl connects while it believes in tls_name; NULL: as the URL.
 * LH_ERR_FORMAT: not a sendable request. LH_ERR_LIMIT: no memory. */
enum lh_err http_client_request_make(struct http_client_request *made,
    const struct http_call_request *request, const char *tls_name)
    LH_MUSTCHECK;
void http_client_request_release(struct http_client_request *made);
/* Is the length of a body told, be it 0? */
bool http_client_request_tells_length(const struct http_call_request *request);
/* "host:port" of a URL, user and password left out. */
struct span http_client_request_authority(const char *url);

/* --- where all calls of a client go --- */

struct http_client_place {
	bool is_known;			/* or there shall be none */
	char *base;			/* scheme and authority of URLs */
	size_t base_len;
	CURLU *parsed;			/* NULL: there is none */
};

void http_client_place_init(struct http_client_place *place,
    const struct http_client_options *options);
/* After the last handle that was told of it. */
void http_client_place_release(struct http_client_place *place);
/* Path and query within url; NULL: it does not lie at the place. */
const char *http_client_place_target(struct http_client_place *place,
    const char *url);

/* --- sockets --- */

struct http_client_sockets;
/* What the owner of the sockets is asked. */
struct http_client_socket_user {
	/* Hears CURL_CSELECT_IN and _OUT. */
	void (*ready)(void *arg, curl_socket_t fd, int mask);
	/* Is there a call of which nobody knows yet on what socket it is? */
	bool (*has_unplaced)(void *arg);
	void *arg;
};

struct http_client_sockets *http_client_sockets_new(struct event_base *base,
    const struct http_client_socket_user *user);
/* After curl closed its last socket. */
void http_client_sockets_free(struct http_client_sockets *sockets);

/* For CURLMOPT_SOCKETFUNCTION, CURLOPT_OPENSOCKETFUNCTION and
 * CURLOPT_CLOSESOCKETFUNCTION; their data is the struct. */
int http_client_sockets_watch(CURL *easy, curl_socket_t fd, int what,
    void *sockets, void *unused);
curl_socket_t http_client_sockets_open(void *sockets, curlsocktype purpose,
    struct curl_sockaddr *address);
int http_client_sockets_close(void *sockets, curl_socket_t fd);

/* --- certificates and keys --- */

/* Checks the files of options. ca_out: the PEM text that curl is to trust
 * alone; empty: by ca_file, or the system's. */
enum lh_err http_client_tls_check(const struct http_client_options *options,
    struct bytes *ca_out, struct lh_cause *cause) LH_MUSTCHECK;

/* --- handles --- */

/* All that is the same for each call. */
enum lh_err http_client_easy_set_up(CURL *easy,
    const struct http_client_options *options, struct span ca_pem)
    LH_MUSTCHECK;
/* Where it goes, by what made says of it. */
enum lh_err http_client_easy_set_place(CURL *easy,
    const struct http_client_place *place,
    const struct http_client_request *made) LH_MUSTCHECK;
/* What was set of it is wiped. */
void http_client_easy_forget_target(CURL *easy);
/* How many bytes curl receives into; before it has the handle. */
enum lh_err http_client_easy_set_buffer(CURL *easy, long bytes) LH_MUSTCHECK;
/* All else that differs. */
enum lh_err http_client_easy_set_call(CURL *easy,
    const struct http_client_request *made,
    const struct http_call_request *request) LH_MUSTCHECK;

struct http_client_result {
	CURL *easy;
	CURLcode code;
	bool was_sent;		/* a connection was had: bytes may have gone */
	const char *curl_text;	/* of CURLOPT_ERRORBUFFER */
	const char *target;	/* the unix socket, or NULL */
	const char *url;
};

enum lh_err http_client_easy_error(const struct http_client_result *result,
    struct lh_cause *cause);

/* --- calls --- */

enum call_state {
	CALL_IDLE,
	CALL_QUEUED,		/* not given to curl yet */
	CALL_RUNNING,
	CALL_DEAD,		/* cancelled inside curl, which has it */
	CALL_LEFT,		/* cancelled while a name is looked up for it */
	CALL_ENDING		/* in its on_done */
};

struct http_call {
	TAILQ_ENTRY(http_call) link;		/* of idle, queued, ... */
	TAILQ_ENTRY(http_call) resume_link;
	struct http_client *client;
	enum call_state state;
	CURL *easy;
	struct loop_timer *timer;
	struct http_call_listener listener;
	struct http_client_request request;
	struct http_client_head head;
	long buffer;			/* bytes that curl receives into */
	size_t received;		/* of the body */
	bool is_safe;			/* the method: may be sent twice */
	bool was_sent;
	bool is_full;			/* said by on_body */
	bool is_paused;			/* said to curl */
	bool is_resuming;		/* in client->resumed */
	bool is_placed;			/* curl has named a socket of it */
	bool is_resolving;		/* and that is no connection */
	enum lh_err err;		/* ours, beats curl's */
	struct lh_cause cause;
	char curl_text[CURL_ERROR_SIZE];
};

TAILQ_HEAD(http_client_calls, http_call);

struct http_client {
	struct http_client_options options;	/* its texts are ours */
	struct bytes ca_pem;
	struct http_client_place place;
	struct loop *loop;
	struct loop_timer *timer;
	struct http_client_sockets *sockets;
	CURLM *multi;
	struct http_client_calls idle, queued, running, dead, left,
	    ending, resumed;
	unsigned small_answers;		/* in a row; no more are counted than
					 * make the next one expected */
	size_t idle_count;
	size_t call_count;			/* queued and running */
	unsigned inside_curl;
	unsigned busy;				/* frames that use us */
	bool is_freed;
	bool is_later;				/* loop_later() holds us */
	bool is_due;				/* curl wants to run at once */
};

/* Borrowed by its client, CALL_IDLE until moved. NULL: curl gave none. */
struct http_call *http_client_call_take(struct http_client *client);
enum lh_err http_client_call_prepare(struct http_call *call,
    const struct http_call_request *request) LH_MUSTCHECK;
/* The only place where a state changes. */
void http_client_call_move(struct http_call *call, enum call_state state);
/* Takes it from curl and makes it CALL_ENDING; its texts stay. */
void http_client_call_end(struct http_call *call);
/* Takes it from wherever it is and makes it CALL_IDLE, or frees it. */
void http_client_call_retire(struct http_call *call);
void http_client_call_free(struct http_call *call);

/* For the timer of a call, which is arg: the whole call takes too long. */
void http_client_on_timeout(void *arg);

#endif
