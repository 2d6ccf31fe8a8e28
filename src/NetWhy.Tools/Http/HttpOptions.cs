using System.Globalization;
using NetWhy.Exchanges.Requests;
using NetWhy.Tools.Calc;

namespace NetWhy.Tools.Http;

/// <summary>What a command line of <c>netwhy http</c> asks for.</summary>
internal sealed class HttpOptions
{
    private const double LongestTimeout = 300; // seconds
    private const double LongestRun = 86_400; // seconds
    private const int MostWindow = 1 << 30; // octets

    private static readonly GetoptOption[] Letters =
    [
        new('n', "count", true), new('\0', "duration", true), new('c', "concurrency", true), new('i', "interval", true),
        new('\0', "new"), new('\0', "kept"), new('\0', "from-proxy"), new('H', "header", true), new('I', "head"),
        new('\0', "http1.1"), new('\0', "window", true), new('m', "max-time", true), new('k', "insecure"), new('\0', "cacert", true), new('\0', "no-redirects"),
        new('4', "ipv4"), new('6', "ipv6"), new('N', "net", true), new('\0', "pid", true), new('\0', "json"),
    ];

    private readonly List<(string Name, string Value)> _fields = [];

    /// <summary>What to ask for.</summary>
    internal Uri Url { get; private set; } = new("http://localhost/");

    /// <summary>How many requests; null if nothing is said.</summary>
    internal int? Count { get; private set; }

    /// <summary>How long to ask; null if nothing is said.</summary>
    internal TimeSpan? Duration { get; private set; }

    /// <summary>Requests at the same time.</summary>
    internal int Concurrency { get; private set; } = 1;

    /// <summary>Time from the start of one request to that of the next.</summary>
    internal TimeSpan Interval { get; private set; }

    /// <summary>Over which connections.</summary>
    internal ConnectionUse Use { get; private set; }

    /// <summary>Whether to find out which hop makes errors.</summary>
    internal bool IsFromProxy { get; private set; }

    /// <summary>Whether to ask for heads only.</summary>
    internal bool IsHead { get; private set; }

    /// <summary>Whether to offer HTTP/1.1 only.</summary>
    internal bool IsHttp1 { get; private set; }

    /// <summary>Octets of a body that a server of HTTP/2 may send before it must wait.</summary>
    internal int? Window { get; private set; }

    /// <summary>Time for one request.</summary>
    internal TimeSpan Timeout { get; private set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether certificates count for nothing.</summary>
    internal bool IsInsecure { get; private set; }

    /// <summary>Further authorities; null for none.</summary>
    internal string? AuthorityFile { get; private set; }

    /// <summary>Whether redirects are followed.</summary>
    internal bool FollowsRedirects { get; private set; } = true;

    /// <summary><c>AF_INET</c> (2), <c>AF_INET6</c> (10) or 0 for both.</summary>
    internal int Family { get; private set; }

    /// <summary>Whether to write JSON.</summary>
    internal bool IsJson { get; private set; }

    /// <summary>Whether the request is repeated: else each address is asked once over a new connection and once over a kept one.</summary>
    internal bool IsRun => Count is not null || Duration is not null || IsFromProxy;

    /// <summary>The request.</summary>
    internal RequestPlan Plan
    {
        get
        {
            RequestPlan plan = RequestPlan.Of(Url, IsHead ? "HEAD" : "GET", _fields);
            return plan with { Timeout = Timeout, Protocols = IsHttp1 ? ["http/1.1"] : ["h2", "http/1.1"], Window = Window ?? plan.Window };
        }
    }

    /// <summary>How often and how fast to ask.</summary>
    internal RequestRunOptions Run => new()
    {
        Count = Count ?? (Duration is null ? ProxyRequests : RequestRunOptions.MostRequests),
        Duration = Duration,
        Concurrency = Concurrency,
        Interval = Interval,
        Use = Use,
        MostSilent = Count is null && Duration is null ? ProxySilent : null,
    };

    private const int ProxySilent = 3; // where --from-proxy is all that is said: what never answers shows no turn

    private const int ProxyRequests = 30; // where --from-proxy is all that is said: enough to meet one bad backend of four, but for one time in 5000

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">Its words.</param>
    /// <exception cref="ToolException">It makes no sense.</exception>
    internal static HttpOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new HttpOptions();
        IReadOnlyList<string> operands = new Getopt("http", Letters).Parse(arguments, options.Take);
        if (operands.Count != 1)
            throw Misuse(operands.Count == 0 ? "say what to ask for: netwhy http URL" : "one URL at a time");
        if (!RequestPlan.TryReadUrl(operands[0], out Uri? url, out string? error))
            throw Misuse(error);
        options.Url = url;
        return options;
    }

    private static ToolException Misuse(string what) => new(ToolException.WrongUsage, $"{what}; see netwhy http --help");

    private static int Number(string text, string what, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= most
            ? number
            : throw Misuse(string.Create(CultureInfo.InvariantCulture, $"'{text}' is no {what} from 1 to {most}"));

    // A number without a unit is seconds, as in curl and ping.
    private static TimeSpan Time(string text, string what, double least, double most) =>
        Quantity.Parse(text) is { Dimension: Dimension.Time or Dimension.Number } quantity && quantity.Value >= least && quantity.Value <= most
            ? TimeSpan.FromSeconds(quantity.Value)
            : throw Misuse(string.Create(CultureInfo.InvariantCulture, $"'{text}' is no {what} from {least} to {most} s, such as 500ms or 10s"));

    private static (string Name, string Value) Field(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? "" : text[..colon];
        if (name.Length == 0 || !name.All(character => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character, StringComparison.Ordinal)))
            throw Misuse($"'{text}' is no header such as 'Accept: text/html'");
        string value = text[(colon + 1)..].Trim();
        return value.Any(char.IsControl) ? throw Misuse($"the header {name} holds a control character") : (name, value);
    }

    private void SetUse(ConnectionUse use) =>
        Use = Use is ConnectionUse.Both || Use == use ? use : throw Misuse("--new and --kept exclude each other");

    private void Take(GetoptOption option, string? value)
    {
        switch (option.Long)
        {
            case "count":
                Count = Number(value!, "number of requests", RequestRunOptions.MostRequests);
                break;
            case "duration":
                Duration = Time(value!, "duration", 0.1, LongestRun);
                break;
            case "concurrency":
                Concurrency = Number(value!, "number of requests at once", RequestRunOptions.MostAtOnce);
                break;
            case "interval":
                Interval = Time(value!, "interval", 0, LongestRun);
                break;
            case "new":
                SetUse(ConnectionUse.New);
                break;
            case "kept":
                SetUse(ConnectionUse.Kept);
                break;
            case "from-proxy":
                IsFromProxy = true;
                break;
            case "header":
                _fields.Add(Field(value!));
                break;
            case "head":
                IsHead = true;
                break;
            case "http1.1":
                IsHttp1 = true;
                break;
            case "window":
                Window = Quantity.Parse(value!) is { Dimension: Dimension.Size or Dimension.Number, Value: >= 1 and <= MostWindow } size
                    ? (int)size.Value
                    : throw Misuse($"'{value}' is no window from 1 octet to 1 GiB, such as 64KiB");
                break;
            case "max-time":
                Timeout = Time(value!, "time", 0.1, LongestTimeout);
                break;
            case "insecure":
                IsInsecure = true;
                break;
            case "cacert":
                AuthorityFile = File.Exists(value) ? value : throw Misuse($"there is no file '{value}'");
                break;
            case "no-redirects":
                FollowsRedirects = false;
                break;
            case "ipv4":
                Family = 2; // AF_INET
                break;
            case "ipv6":
                Family = 10; // AF_INET6
                break;
            case "net":
                ToolNamespace.Enter(value!);
                break;
            case "pid":
                ToolNamespace.Enter(ToolNamespace.Of(value!));
                break;
            default:
                IsJson = true;
                break;
        }
    }
}
