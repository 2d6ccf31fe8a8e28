using System.Diagnostics;
using System.Globalization;
using System.Text;
using NetWhy.Linux;

namespace NetWhy.Tools.Curl;

/// <summary>What a line of the trace is about.</summary>
internal enum CurlTraceKind
{
    /// <summary>Words.</summary>
    Text,

    /// <summary>A header that came.</summary>
    HeaderIn,

    /// <summary>Headers that went.</summary>
    HeaderOut,

    /// <summary>Octets of a body that came.</summary>
    DataIn,

    /// <summary>Octets of a body that went.</summary>
    DataOut,

    /// <summary>Octets of TLS that came.</summary>
    TlsIn,

    /// <summary>Octets of TLS that went.</summary>
    TlsOut,
}

/// <summary>Prints what happens, as <c>-v</c>, <c>--trace</c> and <c>--trace-ascii</c> print it. Source: curl's src/tool_cb_dbg.c, by what it prints.</summary>
internal sealed class CurlTrace : IDisposable
{
    private static readonly string[] Marks = ["*", "<", ">", "{", "}", "{", "}"];

    private static readonly string[] Titles = ["== Info: ", "<= Recv header", "=> Send header", "<= Recv data", "=> Send data", "<= Recv SSL data", "=> Send SSL data"];

    private readonly Lock _lock = new();
    private readonly Stream? _stream;
    private readonly bool _isOwned;
    private readonly bool _isPlain;
    private readonly CurlGlobals _globals;
    private readonly bool _escapes;
    private bool _isInLine;
    private bool _hasSaidData;

    private CurlTrace(CurlGlobals globals, Stream? stream, bool isOwned, bool isPlain, bool escapes)
    {
        (_globals, _stream, _isOwned, _isPlain, _escapes) = (globals, stream, isOwned, isPlain, escapes);
    }

    /// <summary>Whether anything is printed.</summary>
    internal bool IsOn => _stream is not null;

    /// <summary>Whether the bodies are on the same terminal, and need no mark.</summary>
    internal bool ShowsBodies { get; set; }

    /// <summary>Makes the one that the options ask for.</summary>
    /// <param name="globals">The options.</param>
    /// <param name="error">Where errors go.</param>
    /// <param name="output">Standard output.</param>
    internal static CurlTrace Create(CurlGlobals globals, Stream error, Stream output)
    {
        if (globals.Trace is not { } path)
            return new CurlTrace(globals, globals.IsVerbose ? error : null, isOwned: false, isPlain: true, globals.IsVerbose && StandardStream.Error.IsTerminal);
        FileStream? file = path is "-" or "%" ? null : CurlFiles.Create(path);
        return new CurlTrace(globals, file is not null ? new UncheckedStream(file) : path is "-" ? output : error, file is not null, isPlain: false, escapes: false); // on standard error where no file can be made
    }

    /// <summary>Prints words.</summary>
    /// <param name="text">The words.</param>
    internal void Say(string text)
    {
        if (IsOn)
            Write(CurlTraceKind.Text, CurlText.Octets(text + "\n"));
    }

    /// <summary>Prints words of formatted values.</summary>
    /// <param name="text">The words.</param>
    internal void Say(FormattableString text)
    {
        if (IsOn)
            Say(text.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Prints octets.</summary>
    /// <param name="kind">What they are.</param>
    /// <param name="octets">The octets.</param>
    internal void Write(CurlTraceKind kind, ReadOnlySpan<byte> octets)
    {
        if (_stream is null)
            return;
        lock (_lock)
        {
            var text = new MemoryStream();
            if (_isPlain)
                WritePlain(text, kind, octets);
            else
                Dump(text, kind, octets);
            ReadOnlySpan<byte> line = text.GetBuffer().AsSpan(0, (int)text.Length);
            if (_escapes)
                _stream.Write(Encoding.UTF8.GetBytes(Harmless(line)));
            else
                _stream.Write(line);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOwned)
            _stream?.Dispose();
    }

    // On a terminal, what a server says moves no cursor, sets no title and turns no direction.
    private static string Harmless(ReadOnlySpan<byte> line)
    {
        const string LineEnd = "\r\n";
        return string.Join(LineEnd, Encoding.UTF8.GetString(line).Split(LineEnd).Select(HarmlessWithin));
    }

    private static string HarmlessWithin(string text)
    {
        var shown = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
            shown.Append(rune.Value is '\n' or '\t' ? rune.ToString() : Printable.Of(rune.ToString(), isUtf8: true));
        return shown.ToString();
    }

    private string Prefix()
    {
        string time = _globals.TracesTime ? TimeProvider.System.GetLocalNow().ToString("HH:mm:ss.ffffff ", CultureInfo.InvariantCulture) : "";
        return _globals.TracesIds ? time + "[0-0] " : time;
    }

    private void WritePlain(MemoryStream text, CurlTraceKind kind, ReadOnlySpan<byte> octets)
    {
        switch (kind)
        {
            case CurlTraceKind.HeaderOut:
                while (!octets.IsEmpty)
                {
                    int feed = octets.IndexOf((byte)'\n');
                    int length = feed < 0 ? octets.Length : feed + 1;
                    Begin(text, kind);
                    text.Write(octets[..length]);
                    _isInLine = feed < 0;
                    octets = octets[length..];
                }

                _hasSaidData = false;
                break;
            case CurlTraceKind.Text or CurlTraceKind.HeaderIn:
                Begin(text, kind);
                text.Write(octets);
                _isInLine = octets is not [.., (byte)'\n'] && !octets.IsEmpty;
                _hasSaidData = false;
                break;
            default:
                if (_hasSaidData || ShowsBodies)
                    break;
                Begin(text, kind);
                text.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{octets.Length} bytes data]\n")));
                (_isInLine, _hasSaidData) = (false, true);
                break;
        }
    }

    private void Begin(MemoryStream text, CurlTraceKind kind)
    {
        if (!_isInLine)
            text.Write(Encoding.ASCII.GetBytes($"{Prefix()}{Marks[(int)kind]} "));
    }

    private void Dump(MemoryStream text, CurlTraceKind kind, ReadOnlySpan<byte> octets)
    {
        if (kind is CurlTraceKind.Text)
        {
            text.Write(Encoding.ASCII.GetBytes(Prefix() + Titles[0]));
            text.Write(octets);
            return;
        }

        var dump = new StringBuilder();
        dump.Append(CultureInfo.InvariantCulture, $"{Prefix()}{Titles[(int)kind]}, {octets.Length} bytes (0x{octets.Length:x})\n");
        int width = _globals.TraceIsAscii ? 0x40 : 0x10;
        for (int at = 0; at < octets.Length;)
        {
            dump.Append(CultureInfo.InvariantCulture, $"{at:x4}: ");
            int next = at + width;
            if (!_globals.TraceIsAscii)
            {
                for (int place = at; place < next; place++)
                    dump.Append(place < octets.Length ? octets[place].ToString("x2", CultureInfo.InvariantCulture) + " " : "   ");
            }

            for (int place = at; place < Math.Min(next, octets.Length); place++)
            {
                bool isEnd = _globals.TraceIsAscii && octets[place] == '\r' && place + 1 < octets.Length && octets[place + 1] == '\n';
                if (isEnd)
                {
                    next = place + 2;
                    break;
                }

                dump.Append(octets[place] is >= 0x20 and < 0x7f ? (char)octets[place] : '.');
                bool endsNext = _globals.TraceIsAscii && place + 2 < octets.Length && octets[place + 1] == '\r' && octets[place + 2] == '\n';
                if (endsNext)
                {
                    next = place + 3;
                    break;
                }
            }

            dump.Append('\n');
            at = next;
        }

        text.Write(Encoding.Latin1.GetBytes(dump.ToString()));
    }
}

/// <summary>Times and sizes of one transfer, over all its redirects. Source: curl_easy_getinfo(3), "TIMES".</summary>
internal sealed class CurlProgress
{
    internal long Start { get; } = Stopwatch.GetTimestamp();

    internal long SingleStart { get; private set; } = Stopwatch.GetTimestamp();

    internal TimeSpan NameLookup { get; set; }

    internal TimeSpan Connect { get; set; }

    internal TimeSpan AppConnect { get; set; }

    internal TimeSpan PreTransfer { get; set; }

    internal TimeSpan StartTransfer { get; private set; }

    internal TimeSpan Redirect { get; private set; }

    internal TimeSpan Total { get; set; }

    internal long Downloaded { get; set; }

    internal long Uploaded { get; set; }

    internal long? DownloadSize { get; set; }

    internal long? UploadSize { get; set; }

    private const int Samples = 6; // five seconds

    private readonly Queue<(long Amount, long Time)> _samples = new();
    private long _lastSampled = long.MinValue;
    private bool _hasStarted;

    /// <summary>Octets a second of the last five seconds, both ways; null before the first sample.</summary>
    internal long? CurrentSpeed { get; private set; }

    internal TimeSpan SinceStart => Stopwatch.GetElapsedTime(Start);

    /// <summary>Time since the request of now began, at least a microsecond.</summary>
    internal TimeSpan SinceSingle
    {
        get
        {
            TimeSpan elapsed = Stopwatch.GetElapsedTime(SingleStart);
            return elapsed < TimeSpan.FromMicroseconds(1) ? TimeSpan.FromMicroseconds(1) : elapsed;
        }
    }

    /// <summary>Takes a sample of the speed, once a second. Source: curl's lib/progress.c, progress_calc.</summary>
    /// <param name="isLast">Whether it is taken within the second too.</param>
    /// <returns>Whether one was taken.</returns>
    internal bool Sample(bool isLast = false)
    {
        TimeSpan spent = SinceStart;
        long second = spent.Ticks / TimeSpan.TicksPerSecond;
        if (second == _lastSampled && !isLast)
            return false;
        _lastSampled = isLast ? long.MinValue : second;
        _samples.Enqueue((Downloaded + Uploaded, Stopwatch.GetTimestamp()));
        if (_samples.Count > Samples)
            _samples.Dequeue();
        CurrentSpeed = CurlMeter.SpeedOf(Uploaded, spent) + CurlMeter.SpeedOf(Downloaded, spent);
        if (_samples.Count > 1)
        {
            long milliseconds = Math.Max(1, (long)Stopwatch.GetElapsedTime(_samples.First().Time, _samples.Last().Time).TotalMilliseconds);
            CurrentSpeed = (long)((_samples.Last().Amount - _samples.First().Amount) * 1000d / milliseconds);
        }

        return true;
    }

    internal void BeginSingle() => (SingleStart, _hasStarted) = (Stopwatch.GetTimestamp(), false);

    internal void MarkRedirect() => Redirect = SinceStart;

    internal void MarkFirstOctet()
    {
        if (_hasStarted)
            return;
        _hasStarted = true;
        StartTransfer += SinceSingle;
    }
}

/// <summary>The progress meter, or the bar. Source: what curl prints.</summary>
/// <param name="stream">Where it goes.</param>
/// <param name="progress">What it shows.</param>
/// <param name="usesBar">Whether it is the bar.</param>
/// <param name="columns">Columns of the terminal.</param>
internal sealed class CurlMeter(Stream stream, CurlProgress progress, bool usesBar, int columns)
{
    private bool _hasHeader;
    private int _lastBar = -1;

    /// <summary>Shows it, once a second.</summary>
    internal void Update()
    {
        if (progress.Sample() || usesBar)
            Show();
    }

    /// <summary>Notes that its header stands there already.</summary>
    internal void SkipHeader() => _hasHeader = true;

    /// <summary>Shows it for the last time, and ends the line.</summary>
    internal void Done()
    {
        progress.Sample(isLast: true);
        Show();
        if (!usesBar || progress.Downloaded > 0 || progress.Uploaded > 0)
            Write("\n");
    }

    private void Show()
    {
        if (usesBar)
            ShowBar();
        else
            ShowLine();
    }

    private void ShowBar()
    {
        long expected = (progress.DownloadSize ?? 0) + (progress.UploadSize ?? 0);
        long moved = progress.Downloaded + progress.Uploaded;
        if (expected <= 0 || moved == 0)
            return;
        double part = Math.Min(1, moved / (double)expected);
        int width = columns - 7;
        int full = (int)(width * part);
        if (full == _lastBar && part < 1)
            return;
        _lastBar = full;
        Write(string.Create(CultureInfo.InvariantCulture, $"\r{new string('#', full).PadRight(width)} {part * 100,5:0.0}%"));
    }

    private void ShowLine()
    {
        if (!_hasHeader)
        {
            _hasHeader = true;
            Write("  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
                + "                                 Dload  Upload   Total   Spent    Left  Speed\n");
        }

        TimeSpan spent = progress.SinceStart;
        long down = SpeedOf(progress.Downloaded, spent), up = SpeedOf(progress.Uploaded, spent);
        long seconds = spent.Ticks / TimeSpan.TicksPerSecond;
        (long upEstimate, long upPart) = Estimate(progress.UploadSize, progress.Uploaded, up);
        (long downEstimate, long downPart) = Estimate(progress.DownloadSize, progress.Downloaded, down);
        long estimate = Math.Max(upEstimate, downEstimate);
        long expected = (progress.UploadSize ?? progress.Uploaded) + (progress.DownloadSize ?? progress.Downloaded);
        long moved = progress.Downloaded + progress.Uploaded;
        long part = expected > 10_000 ? moved / (expected / 100) : expected > 0 ? moved * 100 / expected : 0;
        Write(string.Create(
            CultureInfo.InvariantCulture,
            $"\r{part,3} {Size(expected)}  {downPart,3} {Size(progress.Downloaded)}  {upPart,3} {Size(progress.Uploaded)}  {Size(down)}  {Size(up)} {Time(estimate)} {Time(seconds)} {Time(estimate > 0 ? estimate - seconds : 0)} {Size(progress.CurrentSpeed ?? 0)}"));
    }

    private static (long Estimate, long Part) Estimate(long? size, long moved, long speed)
    {
        if (size is not { } whole || speed <= 0)
            return (0, 0);
        return (whole / speed, whole > 10_000 ? moved / (whole / 100) : whole > 0 ? moved * 100 / whole : 0);
    }

    /// <summary>Octets a second.</summary>
    /// <param name="octets">Octets.</param>
    /// <param name="time">In how long.</param>
    internal static long SpeedOf(long octets, TimeSpan time)
    {
        double microseconds = Math.Max(1, Math.Floor(time.TotalMicroseconds));
        return (long)(octets * 1_000_000d / microseconds);
    }

    // Five characters for any size.
    private static string Size(long octets)
    {
        const long Kilo = 1024, Mega = Kilo * 1024, Giga = Mega * 1024, Tera = Giga * 1024;
        return octets switch
        {
            < 100_000 => string.Create(CultureInfo.InvariantCulture, $"{octets,5}"),
            < 10_000 * Kilo => string.Create(CultureInfo.InvariantCulture, $"{octets / Kilo,4}k"),
            < 100 * Mega => string.Create(CultureInfo.InvariantCulture, $"{octets / Mega,2}.{octets % Mega / (Mega / 10)}M"),
            < 10_000 * Mega => string.Create(CultureInfo.InvariantCulture, $"{octets / Mega,4}M"),
            < 100 * Giga => string.Create(CultureInfo.InvariantCulture, $"{octets / Giga,2}.{octets % Giga / (Giga / 10)}G"),
            < 10_000 * Giga => string.Create(CultureInfo.InvariantCulture, $"{octets / Giga,4}G"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{octets / Tera,4}T"),
        };
    }

    private static string Time(long seconds)
    {
        if (seconds <= 0)
            return "--:--:--";
        long hours = seconds / 3600;
        if (hours <= 99)
            return string.Create(CultureInfo.InvariantCulture, $"{hours,2}:{seconds / 60 % 60:00}:{seconds % 60:00}");
        long days = hours / 24;
        return days <= 999
            ? string.Create(CultureInfo.InvariantCulture, $"{days,3}d {hours % 24:00}h")
            : string.Create(CultureInfo.InvariantCulture, $"{days,7}d");
    }

    private void Write(string text) => stream.Write(Encoding.ASCII.GetBytes(text));
}
