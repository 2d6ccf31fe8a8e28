using System.Buffers;
using System.Globalization;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Tools.Tshark;
using NetWhy.Wire;

namespace NetWhy.Tools.Ping;

/// <summary>Writes what happens as ping of iputils writes it.</summary>
/// <param name="options">How.</param>
/// <param name="session">What is pinged.</param>
/// <param name="host">Where to.</param>
/// <param name="clock">Wall clock.</param>
internal sealed class PingText(PingOptions options, PingSession session, IToolHost host, TimeProvider clock) : IEchoWatcher
{
    private readonly ArrayBufferWriter<byte> _line = new(512);
    private readonly AddressNames _names = new(options.IsNumeric || IsNumeric(session.Name), host.Cancellation);
    private readonly int _columns = host.Columns ?? int.MaxValue;
    private HeaderOptionsText? _headerOptions;
    private volatile bool _wantsStatus;

    /// <summary>The counts, for status lines.</summary>
    internal EchoTally? Tally { get; set; }

    /// <summary>Asks for a status line, from any thread.</summary>
    internal void WantStatus() => _wantsStatus = true;

    /// <summary>Writes the lines before the first reply.</summary>
    internal void WriteBegin()
    {
        if (options.Pattern is { } pattern && !options.IsQuiet)
            Write($"PATTERN: 0x{Convert.ToHexStringLower(pattern.AsSpan(0, Math.Min(pattern.Length, Math.Max(options.Size, pattern.Length))))}\n");
        string from = options.Device is not null || options.KeepsSource
            ? $"from {ZonedAddress.Text(session.Source)} {options.Device}: "
            : "";
        string sizes = session.IsV6
            ? Text($"{options.Size} data bytes")
            : Text($"{options.Size}({(long)options.Size + IcmpHeader.Size + session.OptionSize + Ipv4Header.Size}) bytes of data.");
        string flow = options.FlowLabel is { } label ? Text($", flow 0x{label:x5}, ") : "";
        Write(session.IsV6
            ? $"PING {session.Name}({_names.Of(session.Shown)}) {flow}{from}{sizes}\n"
            : $"PING {session.Name} ({session.Shown}) {from}{sizes}\n");
        Flush();
    }

    /// <inheritdoc/>
    public void Sent()
    {
        if (options is not { IsFlood: true, IsQuiet: false })
            return;
        // More than a row of dots says nothing that can be read.
        if ((options.Preload < _columns && Tally!.Pipe < _columns) || Tally!.InFlight < _columns)
            host.Output.Write("."u8);
    }

    /// <inheritdoc/>
    public void Unanswered(ushort sequence)
    {
        if (!options.ReportsOutstanding)
            return;
        WriteTime();
        Write($"no answer yet for icmp_seq=");
        _line.WriteNumber(sequence);
        Write("\n");
        Flush();
    }

    /// <inheritdoc/>
    public void Replied(EchoMessage message, long? roundTrip, EchoStanding standing, int? altered)
    {
        if (options.IsQuiet)
            return;
        if (options.IsFlood)
        {
            host.Output.Write(standing is EchoStanding.Corrupted ? "\bC"u8 : "\b \b"u8);
            if (options.IsAudible)
                host.Output.Write("\a"u8);
            return;
        }

        WriteTime();
        _line.WriteNumber(message.Data.Length + IcmpHeader.Size);
        Write(" bytes from ");
        Write(_names.Of(message.Source));
        Write(": icmp_seq=");
        _line.WriteNumber(message.Sequence);
        if (options.IsVerbose)
        {
            Write(" ident=");
            _line.WriteNumber(message.Identifier);
        }

        if (message.Ttl is { } ttl)
        {
            Write(" ttl=");
            _line.WriteNumber(ttl);
        }

        if (message.Data.Length < options.Size)
            Write(" (truncated)");
        else
            WriteRest(message, roundTrip, standing, altered);
        Write("\n");
        Flush();
    }

    /// <inheritdoc/>
    public void Redirected(EchoMessage message)
    {
        if (options.IsQuiet || options.IsFlood)
            return;
        (byte code, uint gateway) = message.Redirect;
        WriteTime();
        Write($"From {_names.Of(message.Source)}: icmp_seq=");
        _line.WriteNumber(message.Sequence);
        Write($" {IcmpWords.OfRedirect(code)}(New nexthop: {_names.Of(AddressOf(gateway))})\n");
        Flush();
    }

    /// <inheritdoc/>
    public void Failed(QueuedError error, ushort? sequence)
    {
        if (options.IsQuiet)
            return;
        if (options.IsFlood)
        {
            host.Output.Write(error.IsIcmp ? "\bE"u8 : "E"u8);
            return;
        }

        if (!error.IsIcmp)
        {
            host.Note(error.Errno is Errno.EMSGSIZE
                ? Text($"ping: local error: message too long, mtu{(session.IsV6 ? ": " : "=")}{error.Information}")
                : $"ping: local error: {LinuxException.Describe(error.Errno)}");
            return;
        }

        WriteTime();
        Write($"From {_names.Of(error.Offender)} icmp_seq=");
        _line.WriteNumber(sequence ?? 0);
        Write($" {WordsOf(error)}\n");
        Flush();
    }

    /// <inheritdoc/>
    public void Refused(ushort sequence, Errno refusal)
    {
        if (options.IsQuiet)
            return;
        if (options.IsFlood)
            host.Output.Write("E"u8);
        else
            host.Note($"ping: {(session.IsV6 ? "sendmsg" : "sendmsg")}: {LinuxException.Describe(refusal)}");
    }

    /// <inheritdoc/>
    public void Idle()
    {
        if (!_wantsStatus || Tally is not { } tally)
            return;
        _wantsStatus = false;
        long loss = tally.Sent == 0 ? 0 : (tally.Sent - tally.Received) * 100 / tally.Sent;
        string times = tally.Received > 0 && IsTimed
            ? $", min/avg/ewma/max = {Milliseconds(tally.Least)}/{Milliseconds(tally.Mean)}/{Milliseconds(tally.Smoothed)}/{Milliseconds(tally.Most)} ms"
            : "";
        host.Progress(Text($"{tally.Received}/{tally.Sent} packets, {loss}% loss{times}\n"));
    }

    /// <summary>Writes the summary.</summary>
    /// <param name="sender">What sent.</param>
    internal void WriteEnd(EchoSender sender)
    {
        EchoTally tally = sender.Tally;
        Write($"\n--- {session.Name} ping statistics ---\n");
        Write(Text($"{tally.Sent} packets transmitted, {tally.Received} received"));
        if (tally.Duplicates > 0)
            Write(Text($", +{tally.Duplicates} duplicates"));
        if (tally.Corrupted > 0)
            Write(Text($", +{tally.Corrupted} corrupted"));
        if (tally.Errors > 0)
            Write(Text($", +{tally.Errors} errors"));
        if (tally.Sent > 0)
            Write($", {((float)(tally.Loss * 100)).ToString("g6", CultureInfo.InvariantCulture)}% packet loss{Text($", time {(long)Math.Round(sender.Elapsed.TotalMilliseconds)}ms")}");
        Write($"\n{Times(sender)}\n");
        if (options.IsVerbose)
            WriteMore(tally);
        Flush();
    }

    private bool IsTimed => options.Size >= EchoSender.StampSize;

    // As ping decides: who names an address wants to see addresses.
    private static bool IsNumeric(string name) => name.Contains(':', StringComparison.Ordinal) || System.Net.IPAddress.TryParse(name, out _);

    private static System.Net.IPAddress AddressOf(uint number)
    {
        Span<byte> octets = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(octets, number);
        return new System.Net.IPAddress(octets);
    }

    private string WordsOf(QueuedError error) => session.IsV6
        ? IcmpWords.Of6(error.Type, error.Code, error.Information)
        : IcmpWords.Of(error.Type, error.Code, error.Information);

    private static string Milliseconds(long microseconds) => Text($"{microseconds / 1000}.{microseconds % 1000:000}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private string Times(EchoSender sender)
    {
        EchoTally tally = sender.Tally;
        List<string> parts = [];
        if (tally.Received > 0 && IsTimed)
            parts.Add($"rtt min/avg/max/mdev = {Milliseconds(tally.Least)}/{Milliseconds(tally.Mean)}/{Milliseconds(tally.Most)}/{Milliseconds(tally.Deviation)} ms");
        if (tally.Pipe > 1)
            parts.Add(Text($"pipe {tally.Pipe}"));
        bool isPaced = sender.Interval >= TimeSpan.FromMilliseconds(1) && !options.IsFlood && !options.IsAdaptive;
        if (tally.Received > 0 && !isPaced && tally.Sent > 1)
            parts.Add($"ipg/ewma {Milliseconds((long)sender.Elapsed.TotalMicroseconds / (tally.Sent - 1))}/{Milliseconds(tally.Smoothed)} ms");
        return string.Join(", ", parts);
    }

    // What the original does not say.
    private void WriteMore(EchoTally tally)
    {
        (double least, double most) = Evidence.LossEstimate.Interval(tally.Sent - tally.Received, tally.Sent);
        if (tally.Sent > 0)
            Write(Text($"loss is {least * 100:0.##} to {most * 100:0.##} %, 95 % sure; {tally.Reordered} reordered, {tally.Altered} altered\n"));
        if (IsTimed && tally.Percentiles([0.5, 0.9, 0.99]) is [var half, var nine, var ninetyNine])
            Write($"rtt p50/p90/p99 = {Milliseconds(half)}/{Milliseconds(nine)}/{Milliseconds(ninetyNine)} ms\n");
    }

    private void WriteRest(EchoMessage message, long? roundTrip, EchoStanding standing, int? altered)
    {
        if (IsTimed && roundTrip is { } time)
            WriteRoundTrip(time);
        if (standing is EchoStanding.Duplicate && (!session.IsForMany || options.IsVerbose))
            Write(" (DUP!)");
        if (standing is EchoStanding.Corrupted)
            Write(" (BAD CHECKSUM!)");
        if (!session.IsForMany && !message.Source.Equals(session.Destination) && ZonedAddress.Bare(message.Source) != ZonedAddress.Bare(session.Destination))
            Write(" (DIFFERENT ADDRESS!)");
        if (altered is { } octet)
            WriteAltered(message.Data, octet);
        if (options.IsAudible)
            Write("\a");
        if (!message.Options.IsEmpty)
            (_headerOptions ??= new HeaderOptionsText(_names)).Write(message.Options, _line);
    }

    private void WriteRoundTrip(long time)
    {
        Write(" time=");
        (long whole, long fraction, int digits) = time switch
        {
            >= 100_000 - 50 => ((time + 500) / 1000, 0L, 0),
            >= 10_000 - 5 => ((time + 50) / 1000, (time + 50) % 1000 / 100, 1),
            >= 1000 => ((time + 5) / 1000, (time + 5) % 1000 / 10, 2),
            _ => (time / 1000, time % 1000, 3),
        };
        _line.WriteNumber(whole);
        if (digits > 0)
        {
            Span<byte> text = _line.GetSpan(digits + 1);
            text[0] = (byte)'.';
            for (int i = digits; i > 0; i--, fraction /= 10)
                text[i] = (byte)('0' + fraction % 10);
            _line.Advance(digits + 1);
        }

        Write(" ms");
    }

    private void WriteAltered(ReadOnlySpan<byte> data, int octet)
    {
        const int RowSize = 32;
        byte sent = PingTool.DataOf(options)[octet];
        Write(Text($"\nwrong data byte #{octet} should be 0x{sent:x} but was 0x{data[octet]:x}"));
        for (int i = EchoSender.StampSize; i < options.Size; i++)
        {
            if (i % RowSize == EchoSender.StampSize)
                Write(Text($"\n#{i}\t"));
            Write(Text($"{data[i]:x} "));
        }
    }

    private void WriteTime()
    {
        if (!options.ShowsTime)
            return;
        long ticks = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks;
        Write(Text($"[{ticks / TimeSpan.TicksPerSecond}.{ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond:000000}] "));
    }

    private void Write(string text) => _line.WriteText(text);

    private void Flush()
    {
        host.Output.Write(_line.WrittenSpan);
        _line.ResetWrittenCount();
    }
}
