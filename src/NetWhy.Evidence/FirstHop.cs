using System.Globalization;
using System.Text;

namespace NetWhy.Evidence;

/// <summary>Compares the page of an error with what the first hop says by itself.</summary>
/// <remarks>
/// A length that is no number is an error to everyone that reads HTTP, and must not go further: who answers it is the first hop.
/// Varnish refuses it before its own pages begin, by a status line without fields. Source: RFC 9112, section 6.3; Varnish, cache_http1_fsm.c (http1_reqbody, "400 Bad Request").
/// </remarks>
public static class FirstHop
{
    /// <summary>What the first hop said by itself, in the form of an answer of a run.</summary>
    /// <param name="refusal">Its answer to a request that it must refuse.</param>
    /// <param name="fieldNames">Names of the answer's fields in their order, in lower case.</param>
    public static HttpRunAnswer Of(HttpExchange refusal, IReadOnlyList<string> fieldNames) => new(refusal.Status ?? 0, 1)
    {
        Address = refusal.Address,
        Headers = refusal.Headers,
        FieldNames = fieldNames,
        Excerpt = refusal.Excerpt,
    };

    private const string OfFirst = "the first hop (or the same software behind it): fields and markup are those of its own pages";

    /// <summary>Whether an error has the form of the first hop's own pages, so that it made it, or the same software behind it.</summary>
    /// <param name="own">What the first hop says by itself.</param>
    /// <param name="answers">All answers of the run.</param>
    /// <param name="answer">The error.</param>
    public static bool IsOwn(HttpRunAnswer own, IReadOnlyList<HttpRunAnswer> answers, HttpRunAnswer answer) => Maker(own, answers, answer) is OfFirst;

    /// <summary>Who made an error, in words. Field names alone prove nothing: a proxy puts its own on every answer that it passes.</summary>
    /// <param name="own">What the first hop says by itself.</param>
    /// <param name="answers">All answers of the run.</param>
    /// <param name="answer">The error.</param>
    public static string Maker(HttpRunAnswer own, IReadOnlyList<HttpRunAnswer> answers, HttpRunAnswer answer)
    {
        if (own.Status is not 400)
            return "not told: what comes first does not refuse a request with Content-Length: x by 400, so that its own pages are not known";
        string? server = own.Headers.GetValueOrDefault("server");
        string? said = answer.Headers.GetValueOrDefault("server");
        if (own.FieldNames.Any(name => IsOfApplication(name) && answers.Any(one => one.Status < 400 && one.FieldNames.Contains(name))))
            return "not told: what refuses the bad request has fields of the good answers, so that it may be no proxy";
        string? maker = ErrorPage.MakerOf(answer.Excerpt), ownMaker = ErrorPage.MakerOf(own.Excerpt);
        bool isOfOther = maker is not null && ownMaker is not null && !ErrorPage.IsSame(maker, ownMaker);
        if (isOfOther || (server is not null && said is not null && !ErrorPage.IsSame(server, said)))
        {
            return answer.Address is not { } address || !address.Equals(own.Address) ? "not told: it came from another address than the own pages that are known"
                : isOfOther ? $"{maker} behind the first hop: the page is {maker}'s own, and the first hop's own pages are {server ?? ownMaker}'s"
                : $"not the first hop, whose own pages say Server: {server}, and this one {said}";
        }

        if (server is null && said is not null && answer.Address is { } here && here.Equals(own.Address) && answers.Any(one => one.Status < 400 && here.Equals(one.Address) && one.Headers.GetValueOrDefault("server") == said))
            return $"not told: Server: {said} stands in the good answers too, and not in the first hop's page for a bad request: a backend made it, or a first hop that names itself only in answers to good requests, as Caddy does";
        if (server is null && maker is "varnish" && own is { FieldNames: [], Excerpt: null } && answer.Address is { } same && same.Equals(own.Address))
            return "the first hop (or the same software behind it): the page is Varnish's own, and what comes first refuses a bad request by a bare status line, as Varnish does";
        if (server != said)
            return $"not told: the first hop's own pages say Server: {server ?? "nothing"}, this one {said ?? "nothing"}; first hops may take turns";
        if (answer.Excerpt is not { } page || own.Excerpt is not { } ownPage)
            return "not told: without a page there is nothing to compare";
        bool isAlike = Same(answer.FieldNames, own.FieldNames)
            && Markup(ownPage, own.Status) is { } markup && markup == Markup(page, answer.Status);
        return isAlike
            ? OfFirst
            : "not told: it is unlike the first hop's own pages, but other pages can be set for errors";
    }

    // The tags of a page that names its status; null if it is no such page.
    private static string? Markup(string page, int status)
    {
        const int FewTags = 6; // the page of haproxy
        const int Beginning = 200; // characters; behind them it is about what happened
        page = page[..Math.Min(page.Length, Beginning)];
        if (!page.Contains(string.Create(CultureInfo.InvariantCulture, $">{status} "), StringComparison.Ordinal))
            return null;
        var tags = new StringBuilder();
        int count = 0;
        for (int begin = page.IndexOf('<', StringComparison.Ordinal); begin >= 0; count++)
        {
            int end = page.IndexOf('>', begin);
            if (end < 0)
                break;
            tags.Append(page, begin, end + 1 - begin);
            begin = page.IndexOf('<', end);
        }

        return count < FewTags ? null : tags.ToString();
    }

    // What a server's own pages have too says nothing of an application.
    private static bool IsOfApplication(string name) => IsOfMaker(name) && name is not ("server" or "content-type" or "cache-control");

    private static bool Same(IEnumerable<string> one, IEnumerable<string> other) => one.Where(IsOfMaker).SequenceEqual(other.Where(IsOfMaker));

    // What changes with the body and the connection says nothing of the maker.
    private static bool IsOfMaker(string name) => name is not ("date" or "content-length" or "transfer-encoding" or "connection" or "keep-alive");
}
