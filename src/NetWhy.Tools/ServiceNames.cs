using System.Globalization;

namespace NetWhy.Tools;

/// <summary>Names of ports and of protocols inside IP, as this machine has them.</summary>
/// <remarks>Sources: services(5), protocols(5).</remarks>
internal sealed class ServiceNames
{
    private const int MostLines = 100_000;

    private readonly Dictionary<(int Port, string Protocol), string> _services;
    private Dictionary<int, string>? _protocols;

    private ServiceNames(Dictionary<(int Port, string Protocol), string> services) => _services = services;

    /// <summary>Reads the file of the services; without one, nothing has a name.</summary>
    internal static ServiceNames Read()
    {
        var services = new Dictionary<(int, string), string>();
        foreach (string[] words in Words("/etc/services"))
        {
            if (words is [var name, var portAndProtocol, ..]
                && portAndProtocol.Split('/') is [var port, var protocol]
                && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                services.TryAdd((number, protocol), name);
            }
        }

        return new ServiceNames(services);
    }

    /// <summary>Name of a port; null if it has none.</summary>
    /// <param name="port">The port.</param>
    /// <param name="protocol">Its protocol, such as <c>tcp</c>.</param>
    internal string? Of(int port, string protocol) => _services.GetValueOrDefault((port, protocol));

    /// <summary>Ports of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="protocol">Their protocol.</param>
    internal IEnumerable<int> PortsOf(string name, string protocol) =>
        _services.Where(one => one.Key.Protocol == protocol && one.Value == name).Select(one => one.Key.Port);

    /// <summary>Name of a protocol inside IP; null if it has none.</summary>
    /// <param name="protocol">Its number.</param>
    internal string? Protocol(int protocol) => (_protocols ??= ReadProtocols()).GetValueOrDefault(protocol);

    /// <summary>Number of a protocol inside IP.</summary>
    /// <param name="name">Its name or one of its aliases.</param>
    /// <param name="protocol">The number.</param>
    internal static bool TryReadProtocol(string name, out byte protocol)
    {
        foreach (string[] words in Words("/etc/protocols"))
        {
            if (words.Length > 1 && (words[0] == name || words.Skip(2).Contains(name)) && byte.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out protocol))
                return true;
        }

        protocol = 0;
        return false;
    }

    private static Dictionary<int, string> ReadProtocols()
    {
        var protocols = new Dictionary<int, string>();
        foreach (string[] words in Words("/etc/protocols"))
        {
            if (words is [var name, var number, ..] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int protocol))
                protocols.TryAdd(protocol, name);
        }

        return protocols;
    }

    /// <summary>The words of each line of a file of names, comments left out; none if it cannot be read.</summary>
    /// <param name="path">The file.</param>
    internal static IEnumerable<string[]> Words(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return []; // numbers are shown instead
        }

        return lines.Take(MostLines).Select(line => line.Split('#', 2)[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
