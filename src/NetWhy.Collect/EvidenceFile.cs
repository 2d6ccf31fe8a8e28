using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Collect;

/// <summary>Evidence kept in a file: one observation a line, as JSON.</summary>
/// <remarks>Each observation is handed to the kernel as it comes, so that an interruption or a crash keeps what was seen.</remarks>
public sealed class EvidenceFile : IDisposable
{
    /// <summary>Longest line that is read, in octets: more than the largest routing table makes.</summary>
    public const int LongestLine = 16 << 20;

    /// <summary>Most octets that are read of one file: a thousand times what an investigation leaves.</summary>
    public const long LongestFile = 64 << 20;

    private static readonly JsonTypeInfo<Observation> Kinds = ReadStrictly();

    private readonly Lock _gate = new();
    private readonly FileStream _stream;
    private IOException? _failure;

    /// <summary>Makes the file, or empties the one that is there, if it holds evidence or nothing.</summary>
    /// <param name="path">Where.</param>
    /// <exception cref="IOException">It cannot be made, or holds something else.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written, or not be looked at.</exception>
    public EvidenceFile(string path)
    {
        if (File.Exists(path) && RegularFile.IsAt(path) && HoldsOther(path))
            throw new IOException("the file is there and holds no evidence; name another one, or remove it");
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; // URLs and headers may hold secrets
        _stream = new FileStream(path, options);
    }

    /// <summary>Observations written so far.</summary>
    public int Count { get; private set; }

    /// <summary>Why writing stopped early, such as a full disk; null if it did not.</summary>
    public IOException? Failure
    {
        get
        {
            lock (_gate)
                return _failure;
        }
    }

    /// <summary>Appends an observation. After a failure it does nothing: see <see cref="Failure"/>.</summary>
    /// <param name="observation">The observation.</param>
    public void Append(Observation observation)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(observation, EvidenceJson.Default.Observation), (byte)'\n'];
        lock (_gate)
        {
            if (_failure is not null)
                return;
            try
            {
                _stream.Write(line);
                Count++;
            }
            catch (IOException failure)
            {
                _failure = failure;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Reads what was kept.</summary>
    /// <param name="path">Where.</param>
    /// <returns>The evidence in the order in which it was seen, and what is to be said about it.</returns>
    /// <exception cref="InvalidDataException">A line is no observation; the message names file and line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static KeptEvidence Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Read(stream, path);
    }

    /// <summary>Reads what was kept.</summary>
    /// <param name="stream">The lines.</param>
    /// <param name="path">Where they come from, for messages.</param>
    /// <returns>The evidence in the order in which it was seen, and what is to be said about it.</returns>
    /// <exception cref="InvalidDataException">A line is no observation; the message names file and line.</exception>
    public static KeptEvidence Read(Stream stream, string path)
    {
        List<Observation> observations = [];
        List<string> remarks = [];
        SortedSet<string> unknown = new(StringComparer.Ordinal);
        int number = 0;
        foreach ((ReadOnlyMemory<byte> line, bool isWhole) in Lines(stream, path))
        {
            number++;
            ReadOnlySpan<byte> text = number == 1 && line.Span.StartsWith(ByteOrderMark) ? line.Span[ByteOrderMark.Length..] : line.Span;
            if (text.Trim(" \t\r"u8).Length == 0)
                continue;
            try
            {
                RefuseNull(text);
                observations.Add(JsonSerializer.Deserialize(text, Kinds)
                    ?? throw new JsonException("the line is null"));
            }
            catch (Exception defect) when (defect is JsonException or NotSupportedException or InvalidOperationException)
            {
                if (UnknownKind(line) is { } kind)
                    unknown.Add(kind);
                else if (number == 1 && IsReport(text))
                    throw new InvalidDataException($"{path}: that is what --json prints; evidence to judge again is what --save FILE keeps", defect);
                else if (observations.Count + unknown.Count == 0 && text.IndexOf("\"kind\""u8) < 0)
                    throw new InvalidDataException($"{path}: that is no file that --save made", defect);
                else if (!isWhole)
                    remarks.Add($"{path}:{number}: the last line was cut short and is left out");
                else
                    throw new InvalidDataException($"{path}:{number}: no observation: {Reason(defect)}", defect);
            }
        }

        if (observations.Count == 0)
            throw new InvalidDataException($"{path}: holds no evidence");
        if (unknown.Count > 0)
        {
            remarks.Add(
                $"{path}: kinds that this version does not know are left out: {string.Join(", ", unknown)}");
        }

        // Threads append as they observe; the number in the id is the order in which the log took them.
        return new KeptEvidence(new EvidenceSet(observations.OrderBy(Number)), [.. remarks]);
    }

    private static ReadOnlySpan<byte> ByteOrderMark => [0xef, 0xbb, 0xbf];

    // The report is one object, on one line or on many.
    private static bool IsReport(ReadOnlySpan<byte> line) =>
        line.Trim(" \t\r"u8) is [(byte)'{'] || line.IndexOf("\"netwhy.diagnosis/"u8) >= 0;

    private static int Number(Observation observation) =>
        observation.Id is ['o', .. var digits]
        && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : int.MaxValue;

    private static IEnumerable<(ReadOnlyMemory<byte> Line, bool IsWhole)> Lines(Stream stream, string path)
    {
        byte[] buffer = new byte[64 << 10];
        int filled = 0;
        int number = 1;
        long total = 0;
        while (true)
        {
            int read = stream.Read(buffer, filled, buffer.Length - filled);
            total += read;
            if (total > LongestFile)
                throw new InvalidDataException($"{path}: longer than {LongestFile >> 20} MiB, which no investigation leaves; name the file that --save made");
            int searched = filled;
            filled += read;
            int start = 0;
            while (buffer.AsSpan(searched, filled - searched).IndexOf((byte)'\n') is >= 0 and var at)
            {
                yield return (buffer.AsMemory(start, searched + at - start), true);
                start = searched + at + 1;
                searched = start;
                number++;
            }

            if (read == 0)
            {
                if (filled > start)
                    yield return (buffer.AsMemory(start, filled - start), false);
                yield break;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled > LongestLine)
                throw new InvalidDataException($"{path}:{number}: no observation: longer than {LongestLine} octets");
            if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
        }
    }

    private static bool HoldsOther(string path)
    {
        ReadOnlySpan<byte> begin = "{\"kind\":\""u8; // as Append writes it
        Span<byte> found = stackalloc byte[begin.Length];
        using FileStream stream = File.OpenRead(path);
        int count = stream.ReadAtLeast(found, found.Length, throwOnEndOfStream: false);
        return !found[..count].SequenceEqual(begin[..count]);
    }

    // Without the place in the line, which is told in .NET's own terms.
    private static string Reason(Exception defect)
    {
        string message = (defect is JsonException { InnerException: { } inner } ? inner : defect).Message.Split('\n')[0];
        string[] places = [" Path: $", " LineNumber: "];
        return places.Aggregate(message, (text, place) => text.Split(place)[0]);
    }

    private static string? UnknownKind(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind is JsonValueKind.Object
                && document.RootElement.TryGetProperty("kind", out JsonElement kind)
                && kind.ValueKind is JsonValueKind.String
                && kind.GetString() is { } name
                && !Kinds.PolymorphismOptions!.DerivedTypes.Any(known => known.TypeDiscriminator is string text && text == name)
                    ? name
                    : null;
        }
        catch (Exception defect) when (defect is JsonException or InvalidOperationException)
        {
            return null; // no JSON, or no text, at all
        }
    }

    // The serializer checks members, not what lists and maps hold; what --save writes leaves a member without a value out.
    private static void RefuseNull(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = EvidenceJson.Default.Options.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.Null)
                throw new JsonException("it has a null in it");
        }
    }

    // What a program writes is whole; what a file holds may not be: a missing or null member must not reach a rule.
    private static JsonTypeInfo<Observation> ReadStrictly()
    {
        var options = new JsonSerializerOptions(EvidenceJson.Default.Options)
        {
            RespectNullableAnnotations = true,
            TypeInfoResolver = EvidenceJson.Default.WithAddedModifier(static type =>
            {
                foreach (JsonPropertyInfo property in type.Properties)
                {
                    // The serializer passes default(T) for a member that is not there, whatever its initializer says.
                    property.IsRequired |= property.AssociatedParameter is { IsNullable: false } parameter
                        && (!parameter.IsMemberInitializer || !property.PropertyType.IsValueType);
                }
            }),
        };
        return (JsonTypeInfo<Observation>)options.GetTypeInfo(typeof(Observation));
    }
}

/// <summary>Evidence read from a file.</summary>
/// <param name="Evidence">The evidence.</param>
/// <param name="Remarks">What was left out and why, a line each.</param>
public sealed record KeptEvidence(EvidenceSet Evidence, ImmutableArray<string> Remarks);
