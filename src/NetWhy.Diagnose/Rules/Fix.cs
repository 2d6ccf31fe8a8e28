using System.Net;

namespace NetWhy.Diagnose.Rules;

/// <summary>Remedies that several rules give, in a form that works when it is pasted.</summary>
internal static class Fix
{
    private const string ProxyHeader =
        "It may expect the PROXY protocol (haproxy: accept-proxy; nginx: listen … proxy_protocol). If it answers this, ask through the balancer that sends it, or take that off.";

    /// <summary>Finds what drops or rejects, where only its machine is known: an accept elsewhere would not overrule it.</summary>
    /// <remarks>Source: nft(8), "a drop is final; an accept ends the evaluation of its base chain only".</remarks>
    /// <param name="on">The machine; null for this one.</param>
    /// <param name="what">What is dropped.</param>
    /// <param name="exception">What an exception would match, in the words of nft; null if there is no short one.</param>
    internal static Remedy FindRule(string? on, string what, string? exception) => new(
        $"Find the rule or policy that stops {what}; delete it (nft delete rule FAMILY TABLE CHAIN handle N)"
        + (exception is null ? "." : $" or put an exception before it (nft insert rule FAMILY TABLE CHAIN {exception} accept)."),
        "nft -a list ruleset | grep -E 'table|chain|policy|drop|reject'",
        on);

    /// <summary>Has the router where the way narrows tell both sides of each connection to send segments that fit.</summary>
    /// <remarks>Source: nft(8), "rt mtu"; RFC 4459, section 3.2.</remarks>
    internal static Remedy ClampSegments { get; } = new(
        "Clamp the segment size of every connection.",
        "nft 'add table inet clamp; add chain inet clamp forward { type filter hook forward priority -150; }; add rule inet clamp forward tcp flags syn tcp option maxseg size set rt mtu'",
        "the router where the way narrows");

    /// <summary>Counts the statuses that one request is answered with.</summary>
    /// <param name="url">The request.</param>
    internal static Remedy CountAnswers(string url) =>
        new("Count the answers.", $"for i in $(seq 20); do curl -s -o /dev/null -w '%{{http_code}}\\n' {url}; done | sort | uniq -c");

    /// <summary>Asks with the header of the PROXY protocol, as a listener that expects it wants it: whoever sends none is cut off.</summary>
    /// <param name="url">What to ask for.</param>
    internal static Remedy SendProxyHeader(string url) => new(ProxyHeader, ShellCommand.Of($"curl --haproxy-protocol -v {url}"));

    /// <summary>Whether a remedy is that of <see cref="SendProxyHeader"/>.</summary>
    /// <param name="remedy">The remedy.</param>
    internal static bool IsProxyHeader(Remedy remedy) => remedy.Text is ProxyHeader;

    /// <summary>Edits a file where it lies: sed -i renames, which a bind mount (containers, ip netns exec) refuses.</summary>
    /// <param name="path">The file.</param>
    /// <param name="script">What sed is to do.</param>
    internal static ShellCommand Edit(string path, string script) =>
        ShellCommand.Of($"old=$(mktemp) && cp {path} $old && sed '{script}' $old > {path}");

    /// <summary>Changes records of a zone on its primary server, where that one takes dynamic updates (nsupdate(1)).</summary>
    /// <param name="updates">What is to change, such as <c>add www.example. 300 A 192.0.2.1</c>.</param>
    internal static ShellCommand Update(params ReadOnlySpan<string> updates)
    {
        ShellCommand lines = default;
        foreach (string update in updates)
            lines = ShellCommand.Of($"{lines} {"update " + update}");
        return ShellCommand.Of($"printf '%s\\n'{lines} send | nsupdate -l");
    }

    /// <summary>The server, unless it is this machine.</summary>
    /// <param name="address">Its address.</param>
    /// <returns>Null for this machine.</returns>
    internal static string? Server(IPAddress address) => IPAddress.IsLoopback(address) ? null : $"the server {address}";
}
