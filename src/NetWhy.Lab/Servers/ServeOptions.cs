using System.Globalization;
using System.Net;

namespace NetWhy.Lab.Servers;

/// <summary>What a misbehaving program is told on its command line: <c>MODE --name value …</c>.</summary>
internal sealed class ServeOptions
{
    private static readonly string[] Known =
    [
        "listen", "to", "count", "seconds", "status", "header", "body", "text", "size", "backlog", "record", "rcode",
        "drop", "delay", "answer", "source", "code", "buffer", "forge", "guess", "later-status", "later-seconds", "still",
    ];

    private static readonly string[] Switches = ["truncate", "wrong-id", "no-tcp", "tcp-only", "fill", "keep-alive", "no-aaaa", "head"];

    private readonly List<(string Name, string Value)> _options = [];

    /// <summary>Reads the words.</summary>
    /// <param name="words">All after the mode.</param>
    /// <exception cref="LabException">A word is unknown or lacks its value.</exception>
    public ServeOptions(ReadOnlySpan<string> words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            string name = words[i].StartsWith("--", StringComparison.Ordinal) ? words[i][2..] : "";
            if (Switches.Contains(name))
                _options.Add((name, ""));
            else if (Known.Contains(name) && i + 1 < words.Length)
                _options.Add((name, words[++i]));
            else
                throw new LabException($"'{words[i]}' is no option with a value; known: --{string.Join(", --", Known.Concat(Switches))}", isUsage: true);
        }
    }

    /// <summary>Where to listen.</summary>
    public IEnumerable<IPEndPoint> Listen => EndPoints("listen");

    /// <summary>Where to connect to.</summary>
    public IEnumerable<IPEndPoint> To => EndPoints("to");

    /// <summary>Whether a switch is there.</summary>
    /// <param name="name">Its name.</param>
    public bool Has(string name) => _options.Any(option => option.Name == name);

    /// <summary>All values of an option.</summary>
    /// <param name="name">Its name.</param>
    public IEnumerable<string> All(string name) => _options.Where(option => option.Name == name).Select(option => option.Value);

    /// <summary>The last value of an option.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="otherwise">What it is if not given.</param>
    public string Text(string name, string otherwise) => All(name).LastOrDefault(otherwise);

    /// <summary>A whole number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="otherwise">What it is if not given.</param>
    public int Number(string name, int otherwise) =>
        int.TryParse(Text(name, otherwise.ToString(CultureInfo.InvariantCulture)), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new LabException($"--{name} must be a whole number", isUsage: true);

    /// <summary>A duration in seconds.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="otherwise">What it is if not given, in seconds.</param>
    public TimeSpan Seconds(string name, double otherwise) =>
        double.TryParse(Text(name, otherwise.ToString(CultureInfo.InvariantCulture)), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            && seconds is >= 0 and <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw new LabException($"--{name} must be a number of seconds", isUsage: true);

    private IEnumerable<IPEndPoint> EndPoints(string name) => All(name).Select(text =>
        IPEndPoint.TryParse(text.StartsWith(':') ? $"0.0.0.0{text}" : text, out IPEndPoint? end) && end.Port > 0
            ? end
            : throw new LabException($"--{name} '{text}' is no ADDRESS:PORT", isUsage: true));
}
