using System.Globalization;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.Mtr;

/// <summary>How the probes of a run are made, changed while it goes on.</summary>
/// <param name="run">The run.</param>
/// <param name="options">The command line.</param>
internal sealed class MtrSettings(RoundsRun run, MtrOptions options) : IDisposable
{
    private const int MostTtl = 255;
    private const int SmallestSize = 28;
    private const int LargestSize = 65535;
    private const double LeastInterval = 0.01; // seconds: faster, routers limit their answers
    private const double MostInterval = 3600;

    private ProbeChannel? _channel; // in place of the run's first one, which is the caller's

    /// <summary>Asks for the value of a key; null if it has none.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cycles">Rounds after which the run ends; null for no end.</param>
    internal MtrPrompt? Ask(char key, int? cycles)
    {
        RoundsOptions now = run.Options;
        char asked = key is 'Q' ? key : char.ToLowerInvariant(key);
        string? question = asked switch
        {
            'c' => $"rounds, then it ends (now {cycles?.ToString(CultureInfo.InvariantCulture) ?? "no end"})",
            'i' => string.Create(CultureInfo.InvariantCulture, $"seconds between rounds (now {now.Interval.TotalSeconds:0.##})"),
            'f' => $"first hop limit (now {now.FirstTtl})",
            'm' => $"largest hop limit (now {now.MaxTtl})",
            's' => $"size of the packets, {SmallestSize} to {LargestSize}, <0 by chance (now {now.PacketSize})",
            'b' => $"octet that fills them, 0 to 255, <0 by chance (now {run.Probe.Fill})",
            'Q' => $"type of service, 0 to 255 (now {run.Probe.Tos})",
            _ => null,
        };
        return question is null ? null : new MtrPrompt(asked, question);
    }

    /// <summary>Takes the value of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="typed">What was typed.</param>
    /// <returns>Why it was not taken; null if it was.</returns>
    internal string? Set(char key, string typed)
    {
        RoundsOptions now = run.Options;
        if (!double.TryParse(typed, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
            return $"'{typed}' is no number";
        switch (key)
        {
            case 'i' when number is >= LeastInterval and <= MostInterval:
                run.Options = now with { Interval = TimeSpan.FromSeconds(number) };
                return null;
            case 'f' when number >= 1 && number <= now.MaxTtl:
                run.Options = now with { FirstTtl = (int)number };
                return null;
            case 'm' when number >= now.FirstTtl && number <= MostTtl:
                run.Options = now with { MaxTtl = (int)number };
                return null;
            case 's' when Math.Abs(number) is >= SmallestSize and <= LargestSize:
                run.Options = now with { PacketSize = (int)number };
                return null;
            case 'b' when number <= byte.MaxValue:
                return Open(run.Probe with { Fill = (byte)(number < 0 ? Random.Shared.Next(byte.MaxValue + 1) : number) });
            case 'Q' when number is >= 0 and <= byte.MaxValue:
                return Open(run.Probe with { Tos = (int)number });
            default:
                return $"{typed} is out of range";
        }
    }

    /// <summary>Probes by another protocol.</summary>
    /// <param name="protocol">The protocol.</param>
    /// <returns>Why not; null if it does.</returns>
    internal string? Choose(ProbeProtocol protocol)
    {
        int usual = new ProbeOptions(protocol, run.Target).Port;
        return Open(run.Probe with { Protocol = protocol, Port = options.Port ?? usual });
    }

    /// <inheritdoc/>
    public void Dispose() => _channel?.Dispose();

    private string? Open(ProbeOptions probe)
    {
        Errno errno = ProbeChannel.Open(probe, out ProbeChannel? channel);
        if (channel is null)
            return $"the kernel refuses: {LinuxException.Describe(errno)}";
        run.Use(channel);
        _channel?.Dispose();
        _channel = channel;
        return null;
    }
}
