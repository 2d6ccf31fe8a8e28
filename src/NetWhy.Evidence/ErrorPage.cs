namespace NetWhy.Evidence;

/// <summary>Knows the pages that servers and proxies make themselves for errors, by which their maker shows whoever passes them on.</summary>
/// <remarks>
/// Source: nginx (ngx_http_special_response.c, whose form load balancers took over), HAProxy (http.c, http_err_msgs), Varnish
/// (builtin.vcl), Envoy (router.cc), Apache httpd (http_protocol.c), Tengine (ngx_http_special_response.c).
/// </remarks>
public static class ErrorPage
{
    private static readonly string[] OfHaproxy =
    [
        "Your browser sent an invalid request.",
        "Your browser didn't send a complete request in time.",
        "You have sent too many requests in a given amount of time.",
        "Request forbidden by administrative rules.",
        "The server returned an invalid or incomplete response",
        "No server is available to handle this request",
        "The server didn't respond in time",
    ];

    // As Debian 12 and newer ones have it: the pages of IIS and Python, of the same DTD, go on otherwise.
    private static readonly string[] OfApache =
    [
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">",
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\"> <html><head> <title>",
    ];

    private static readonly string[] OfEnvoy = ["upstream connect error or disconnect/reset before headers", "no healthy upstream", "upstream request timeout"];

    /// <summary>Who made a page; null if it is none that is known.</summary>
    /// <param name="page">Its beginning.</param>
    /// <returns>The name, with the version where the page says it, such as <c>nginx/1.22.1</c>.</returns>
    public static string? MakerOf(string? page)
    {
        const string Signature = "<hr><center>";
        const int LongestName = 40;
        if (page is null)
            return null;
        int begin = page.IndexOf(Signature, StringComparison.Ordinal);
        if (begin >= 0)
        {
            string name = page[(begin + Signature.Length)..];
            int end = name.IndexOf('<', StringComparison.Ordinal);
            return end is > 0 and <= LongestName ? name[..end] : null;
        }

        return OfHaproxy.Any(said => page.Contains(said, StringComparison.Ordinal)) ? "haproxy"
            : OfEnvoy.Any(said => page.StartsWith(said, StringComparison.Ordinal)) ? "envoy"
            : page.Contains("Guru Meditation", StringComparison.Ordinal) ? "varnish"
            : page.Contains("Powered by Tengine", StringComparison.Ordinal) ? "Tengine"
            : OfApache.Any(begin => page.StartsWith(begin, StringComparison.Ordinal)) && !page.Contains("<center>", StringComparison.Ordinal) ? "Apache"
            : null;
    }

    /// <summary>Whether two names are of one product, whatever their versions, and also where one is built of the other (<c>istio-envoy</c>).</summary>
    /// <param name="one">A name, such as a Server field has.</param>
    /// <param name="other">Another.</param>
    public static bool IsSame(string one, string other) =>
        Product(one).Contains(Product(other), StringComparison.OrdinalIgnoreCase) || Product(other).Contains(Product(one), StringComparison.OrdinalIgnoreCase);

    private static string Product(string name) => name.Split('/', ' ')[0];
}
