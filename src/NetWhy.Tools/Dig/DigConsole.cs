using System.Buffers;
using System.Text;

namespace NetWhy.Tools.Dig;

/// <summary>What dig prints: gathered, and written before each wait.</summary>
/// <param name="host">Has the streams; null keeps everything until <see cref="MoveTo"/>.</param>
/// <param name="settings">Whether it is YAML.</param>
internal sealed class DigConsole(IToolHost? host, DigSettings settings)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(8192);
    private readonly List<(byte[] Output, string Line)> _kept = [];

    /// <summary>Takes messages and warnings in place of the text; null where text is printed.</summary>
    internal DigJson? Json { get; set; }

    /// <summary>Where octets of output go.</summary>
    internal IBufferWriter<byte> Writer => _buffer;

    /// <summary>Prints text.</summary>
    /// <param name="text">The text.</param>
    internal void Print(string text) => Encoding.UTF8.GetBytes(text, _buffer);

    /// <summary>Prints a comment that stays away from YAML.</summary>
    /// <param name="text">The text behind the semicolons.</param>
    internal void Warn(string text)
    {
        Json?.Note(text);
        if (!settings.IsYaml)
            Print($";; {text}\n");
    }

    /// <summary>Prints a failure.</summary>
    /// <param name="text">What failed.</param>
    internal void Fail(string text)
    {
        Json?.Note(text);
        Print(settings.IsYaml ? $"- type: DIG_ERROR\n  message: |\n    {text}\n" : $";; {text}\n");
    }

    /// <summary>Writes a line to standard error.</summary>
    /// <param name="line">The line.</param>
    internal void Note(string line)
    {
        if (host is null)
        {
            _kept.Add((_buffer.WrittenSpan.ToArray(), line));
            _buffer.ResetWrittenCount();
            return;
        }

        Flush();
        host.Note(line);
    }

    /// <summary>Hands what was kept to another console, in its order.</summary>
    /// <param name="other">The other.</param>
    internal void MoveTo(DigConsole other)
    {
        foreach ((byte[] output, string line) in _kept)
        {
            other._buffer.Write(output);
            other.Note(line);
        }

        other._buffer.Write(_buffer.WrittenSpan);
    }

    /// <summary>Writes what dig does not say to standard error, if it is asked for.</summary>
    /// <param name="line">The line.</param>
    internal void Explain(string line)
    {
        if (settings.Explains)
            Note($"why: {line}");
    }

    /// <summary>Writes what was printed.</summary>
    internal void Flush()
    {
        if (host is null)
            return;
        if (_buffer.WrittenCount > 0 && Json is null)
            host.Output.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }
}

/// <summary>Ends dig as itself would: with its exit code, and a line on standard error or none.</summary>
/// <param name="exitCode">What to exit with.</param>
/// <param name="line">The line; null for none.</param>
internal sealed class DigExit(int exitCode, string? line) : Exception(line)
{
    /// <summary>What to exit with.</summary>
    internal int ExitCode { get; } = exitCode;

    /// <summary>The line on standard error; null for none.</summary>
    internal string? Line { get; } = line;
}
