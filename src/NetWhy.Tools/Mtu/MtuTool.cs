using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.Mtu;

/// <summary><c>netwhy mtu</c>: the largest packet that a path takes, and where larger ones end.</summary>
internal sealed class MtuTool : ITool
{
    private static readonly GetoptOption[] Options =
    [
        new('4', null), new('6', null), new('p', "port", TakesValue: true), new('N', "net", TakesValue: true), new('\0', "pid", TakesValue: true), new('\0', "json"),
    ];

    /// <inheritdoc/>
    public string Name => "mtu";

    /// <inheritdoc/>
    public string Summary => "Find the largest packet that a path takes, and the hop where larger ones end.";

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("TARGET[:PORT]", "name, address or URL; with a port, segments of TCP are tried too, both ways if the answer is large"),
        ("-p PORT", "the port"),
        ("-4, -6", "only IPv4, only IPv6"),
        ("-N NAME, --net NAME  --pid PID", "in another network namespace, or where a process lives (root)"),
        ("--json", "as JSON"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy mtu 192.0.2.7", "by echo and UDP"),
        ("netwhy mtu https://example.org", "by segments to port 443 as well"),
        ("netwhy mtu http://192.0.2.7/large.iso", "the way back too: what is asked for is larger than one segment"),
        ("netwhy mtu -6 example.org:25", "over IPv6"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host)
    {
        const int Problem = 1;
        int family = 0;
        string? port = null;
        bool isJson = false;
        IReadOnlyList<string> operands = new Getopt(Name, Options).Parse(arguments, (option, value) =>
        {
            switch (option.Letter)
            {
                case '4':
                    family = 2; // AF_INET
                    break;
                case '6':
                    family = 10; // AF_INET6
                    break;
                case 'p':
                    port = value;
                    break;
                case 'N':
                    ToolNamespace.Enter(value!);
                    break;
                case '\0' when option.Long is "pid":
                    ToolNamespace.Enter(ToolNamespace.Of(value!));
                    break;
                default:
                    isJson = true;
                    break;
            }
        });
        if (operands is not [var target])
            throw new ToolException(ToolException.WrongUsage, operands.Count == 0 ? "say where to: netwhy mtu TARGET[:PORT]" : "one target at a time: see netwhy mtu --help");
        PathMtuQuestion question = Question(target, port, family);
        ReceiveStamps.Prepare();
        ReceiveStamps.Await();
        IReadOnlyList<Observation> observations = PathMtuRun.RunAsync(question, "", host.Cancellation).GetAwaiter().GetResult();
        RouteLookup route = observations.OfType<RouteLookup>().First();
        if (route.Errno is { } errno)
            throw new ToolException(ToolException.CouldNotWork, $"{ProbeRefusal.OfRoute(errno, ZonedAddress.Text(question.Address))}: see ip route get {ZonedAddress.Text(question.Address)}");
        if (observations is [_, _, LinkState off])
            throw new ToolException(ToolException.CouldNotWork, $"nothing leaves by {off.Name}: {(off.IsUp ? "it has no carrier, so nothing is connected to it, or the other end is off" : "it is down")}");
        if (LostWay(observations) is { } lost)
            throw new ToolException(ToolException.CouldNotWork, $"the way to {ZonedAddress.Text(question.Address)} changed meanwhile, so that sizes say nothing: {lost}");
        var findings = new MtuFindings(question, observations);
        IReadOnlyList<Statement> statements = findings.IsLocal ? [] : host.Judge(observations);
        if (isJson)
            MtuJson.Write(findings, statements, host.Output);
        else
            MtuText.Write(findings, statements, host);
        if (statements.Any(statement => statement.Severity > StatementSeverity.Note))
            return Problem;
        return findings.Answer is null && !findings.IsLocal ? ToolException.CouldNotWork : 0;
    }

    // What became of the way while sizes were tried; null where it stayed.
    private static string? LostWay(IReadOnlyList<Observation> observations)
    {
        if (observations.OfType<RouteLookup>().Skip(1).FirstOrDefault() is not { } route)
            return null;
        return (route, observations.OfType<LinkState>().ToArray()) switch
        {
            ({ Errno: not null }, [var before, ..]) => $"there is no route any more; it was by {before.Name}",
            (_, [var before, var after]) when before.Name != after.Name => $"it led by {before.Name}, and leads by {after.Name} now",
            (_, [.., { IsUp: false } down]) => $"{down.Name} is down",
            (_, [.., { HasCarrier: false } down]) => $"{down.Name} has no carrier",
            (_, [.., var flapped]) => $"{flapped.Name} went down and came back",
            _ => "its interface is gone",
        };
    }

    private static PathMtuQuestion Question(string target, string? port, int family)
    {
        (string name, string? scheme, string? own, string resource) = Split(target);
        int? number = (port ?? own, scheme) switch
        {
            ({ } text, _) => Port(text),
            (_, "https") => 443,
            (_, "http") => 80,
            _ => null,
        };
        IPAddress address = Address(name, family);
        bool isPlainTls = scheme is null && number is 443 or 8443;
        bool isSecret = scheme is null && number is 465 or 636 or 853 or 993 or 995 or 5061 or 6443; // TLS that carries no HTTP, or none for strangers
        return new PathMtuQuestion(address)
        {
            Input = target,
            Host = name,
            Port = number,
            IsTls = scheme is "https" || isPlainTls || isSecret,
            Resource = isSecret ? null : resource,
        };
    }

    private static int Port(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= 65_535
            ? number
            : throw new ToolException(ToolException.WrongUsage, $"'{text}' is no port from 1 to 65535");

    private static (string Name, string? Scheme, string? Port, string Resource) Split(string target)
    {
        string? scheme = null;
        string resource = "/";
        string rest = target;
        foreach (string known in (string[])["https", "http"])
        {
            if (!target.StartsWith($"{known}://", StringComparison.OrdinalIgnoreCase))
                continue;
            string behind = target[(known.Length + 3)..].Split('#')[0];
            int end = behind.IndexOfAny(['/', '?']) is >= 0 and var found ? found : behind.Length;
            (scheme, rest) = (known, behind[..end].Split('@')[^1]);
            resource = behind[end..] is ['/', ..] and var path ? path : $"/{behind[end..]}";
            if (resource.Any(letter => letter is <= ' ' or > '~'))
                throw new ToolException(ToolException.WrongUsage, $"'{resource}' is no path of a URL: what is not ASCII is written as %XX there");
            break;
        }

        if (scheme is null && target.IndexOf("://", StringComparison.Ordinal) is > 0 and var unknown)
            throw new ToolException(ToolException.WrongUsage, $"'{target[..unknown]}' is no scheme that is known: http and https are, and HOST:PORT is for other services");
        if (rest is ['[', ..] && rest.IndexOf(']', StringComparison.Ordinal) is > 0 and var close)
            return (rest[1..close], scheme, rest[(close + 1)..] is [':', .. var number] ? number : null, resource);
        return rest.Split(':') is [var name, var port] ? (name, scheme, port, resource) : (rest, scheme, null, resource);
    }

    private static IPAddress Address(string name, int family)
    {
        const int IPv6 = 10;
        if (name.Length == 0 || name.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter)))
            throw new ToolException(ToolException.WrongUsage, $"'{name}' is no name or address");
        if (!SystemNames.TryParse(name, out IPAddress? address))
        {
            return SystemNames.AddressesOf(name, family) is [var first, ..]
                ? first
                : throw new ToolException(ToolException.CouldNotWork, $"{name} cannot be resolved to an {(family == 0 ? "" : family == IPv6 ? "IPv6 " : "IPv4 ")}address: netwhy {name} tells why");
        }

        if (family != 0 && (address.AddressFamily is AddressFamily.InterNetworkV6) != (family == IPv6))
            throw new ToolException(ToolException.WrongUsage, $"{address} is no IPv{(family == IPv6 ? 6 : 4)} address");
        return address;
    }
}
