using System.Security.Cryptography;
using System.Text;
using NetWhy.Linux;

namespace NetWhy.Tools.Curl;

/// <summary>What a request carries: octets in memory, files and standard input, one behind the other.</summary>
internal sealed class CurlBody : IDisposable
{
    private const long LargestStandardInput = 64L * 1024 * 1024; // of a form, whose size is to be known before it is sent

    private readonly List<object> _parts = []; // byte[], an OpenFile, or the Stream of standard input
    private Stream? _open;
    private int _next;
    private bool _hasReadStream;

    /// <summary>Octets in all; null if unknown.</summary>
    internal long? Length { get; private set; } = 0;

    /// <summary>Whether something was read.</summary>
    internal bool HasBegun { get; private set; }

    /// <summary>Octets in memory.</summary>
    /// <param name="octets">The octets.</param>
    internal static CurlBody Of(byte[] octets)
    {
        var body = new CurlBody();
        body.Add(octets);
        return body;
    }

    /// <summary>A file, or standard input.</summary>
    /// <param name="path">Its path; <c>-</c> or <c>.</c> for standard input.</param>
    /// <param name="offset">Octets that are left out at its beginning.</param>
    internal static CurlBody OfFile(string path, long offset)
    {
        var body = new CurlBody();
        if (path is "-" or ".")
        {
            body.AddStream(new InputStream());
            return body;
        }

        try
        {
            FileStream file = File.OpenRead(path);
            if (file.CanSeek && offset > 0)
                file.Seek(Math.Min(offset, file.Length), SeekOrigin.Begin);
            body._parts.Add(new OpenFile(file, offset));
            body.Length = file.CanSeek ? Math.Max(0, file.Length - offset) : null;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new CurlFailure(CurlFailure.ReadError) { Refusal = $"Can't open '{path}'!" };
        }

        return body;
    }

    internal void Add(byte[] octets)
    {
        _parts.Add(octets);
        Length += octets.Length;
    }

    internal void Add(string text) => Add(CurlText.Octets(text));

    internal void AddFile(string path)
    {
        if (path is "-")
        {
            using var kept = new MemoryStream();
            using var input = new InputStream();
            byte[] buffer = new byte[64 * 1024];
            for (int read; (read = input.Read(buffer)) > 0 && kept.Length < LargestStandardInput;)
                kept.Write(buffer, 0, read);
            Add(kept.ToArray());
            return;
        }

        try
        {
            FileStream file = File.OpenRead(path);
            _parts.Add(new OpenFile(file, 0));
            Length = file.CanSeek && Length is not null ? Length + file.Length : null;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new CurlFailure(CurlFailure.ReadError);
        }
    }

    /// <summary>Reads what comes next.</summary>
    /// <param name="buffer">Where to put it.</param>
    /// <returns>Octets read; 0 at the end.</returns>
    internal int Read(Span<byte> buffer)
    {
        HasBegun = true;
        while (true)
        {
            if (_open is null)
            {
                if (_next == _parts.Count)
                    return 0;
                object part = _parts[_next++];
                _open = part switch
                {
                    byte[] octets => new MemoryStream(octets),
                    OpenFile file => file.Rewound(),
                    _ => (Stream)part,
                };
                _hasReadStream |= part is Stream;
            }

            int read = _open.Read(buffer);
            if (read > 0)
                return read;
            _open = null;
        }
    }

    /// <summary>Starts again from its beginning.</summary>
    internal void Rewind() => (_open, _next, HasBegun) = (null, 0, false);

    /// <summary>Sees that its beginning can be read, once it is to be sent: a pipe gives it once, a file as often as wanted.</summary>
    /// <exception cref="CurlFailure">What was read cannot be read again.</exception>
    internal void Prepare()
    {
        if (HasBegun || !_hasReadStream)
            return;
        if (!StandardInput.Rewind())
            throw new CurlFailure(CurlFailure.SendRewind, "seek callback returned error 2");
        _hasReadStream = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (object part in _parts)
            (part as IDisposable)?.Dispose();
    }

    private void AddStream(Stream stream)
    {
        _parts.Add(stream);
        Length = null;
    }

    private sealed class OpenFile(FileStream file, long offset) : IDisposable
    {
        internal FileStream Rewound()
        {
            if (file.CanSeek)
                file.Seek(Math.Min(offset, file.Length), SeekOrigin.Begin);
            return file;
        }

        public void Dispose() => file.Dispose();
    }

    /// <summary>Standard input as a stream.</summary>
    internal sealed class InputStream : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer)
        {
            while (true)
            {
                Errno errno = StandardInput.Read(buffer, out int count);
                switch (errno)
                {
                    case Errno.OK:
                        return count;
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        using (var wait = new DescriptorWait())
                            wait.Wait([new WaitedDescriptor(StandardInput.Descriptor, PollEvents.Read)], Timeout.InfiniteTimeSpan);
                        continue;
                    default:
                        throw new IOException(LinuxException.Describe(errno));
                }
            }
        }
    }
}

/// <summary>Puts a multipart form together, as <c>-F</c> describes it. Source: RFC 7578; curl(1), "--form".</summary>
internal static class CurlForm
{
    /// <summary>The body of a form.</summary>
    /// <param name="forms">The options' values.</param>
    /// <param name="escapes">Whether names are escaped by backslashes.</param>
    /// <param name="contentType">Its content type.</param>
    internal static CurlBody Build(IReadOnlyList<(string Text, bool IsLiteral)> forms, bool escapes, out string contentType)
    {
        string boundary = NewBoundary();
        contentType = $"multipart/form-data; boundary={boundary}";
        var body = new CurlBody();
        AddParts(body, forms, boundary, escapes, isInner: false);
        return body;
    }

    private static string NewBoundary() => $"------------------------{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";

    private static void AddParts(CurlBody body, IReadOnlyList<(string Text, bool IsLiteral)> forms, string boundary, bool escapes, bool isInner)
    {
        for (int i = 0; i < forms.Count; i++)
        {
            (string text, bool isLiteral) = forms[i];
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                throw new CurlFailure(CurlFailure.FailedInit);
            string name = text[..equals];
            string content = text[(equals + 1)..];
            if (!isLiteral && content is ['(', ..])
            {
                int end = i + 1;
                while (end < forms.Count && forms[end].Text is not "=)")
                    end++;
                string inner = NewBoundary();
                body.Add($"--{boundary}\r\n{Disposition(name, null, escapes, isInner)}Content-Type: multipart/mixed; boundary={inner}\r\n\r\n");
                AddParts(body, [.. forms.Skip(i + 1).Take(end - i - 1)], inner, escapes, isInner: true);
                body.Add("\r\n");
                i = end;
                continue;
            }

            AddPart(body, name, content, isLiteral, boundary, escapes, isInner);
        }

        body.Add($"--{boundary}--\r\n");
    }

    private static void AddPart(CurlBody body, string name, string content, bool isLiteral, string boundary, bool escapes, bool isInner)
    {
        if (isLiteral)
        {
            body.Add($"--{boundary}\r\n{Disposition(name, null, escapes, isInner)}\r\n{content}\r\n");
            return;
        }

        bool isFile = content is ['@', ..], isContent = content is ['<', ..];
        string rest = isFile || isContent ? content[1..] : content;
        if (isFile)
        {
            List<(string Path, Parameters Parameters)> files = [];
            while (true)
            {
                string path = Word(ref rest, ",;");
                Parameters parameters = ReadParameters(ref rest, stopsAtComma: true);
                files.Add((path, parameters));
                if (rest is not [',', ..])
                    break;
                rest = rest[1..];
            }

            if (files.Count == 1)
            {
                AddFile(body, name, files[0].Path, files[0].Parameters, boundary, escapes, isInner);
                return;
            }

            string inner = NewBoundary();
            body.Add($"--{boundary}\r\n{Disposition(name, null, escapes, isInner)}Content-Type: multipart/mixed; boundary={inner}\r\n\r\n");
            foreach ((string path, Parameters parameters) in files)
                AddFile(body, "", path, parameters, inner, escapes, isInner: true);
            body.Add($"--{inner}--\r\n\r\n");
            return;
        }

        string value = Word(ref rest, isContent ? ",;" : ";");
        Parameters given = ReadParameters(ref rest, stopsAtComma: false);
        string type = given.Type is { } named ? $"Content-Type: {named}\r\n" : "";
        body.Add($"--{boundary}\r\n{Disposition(name, given.FileName, escapes, isInner)}{type}{given.Headers}\r\n");
        if (isContent)
            body.AddFile(value);
        else
            body.Add(value);
        body.Add("\r\n");
    }

    private static void AddFile(CurlBody body, string name, string path, Parameters parameters, string boundary, bool escapes, bool isInner)
    {
        string fileName = parameters.FileName ?? (path is "-" ? "-" : Path.GetFileName(path));
        string type = parameters.Type ?? TypeOf(fileName) ?? TypeOf(path) ?? "application/octet-stream";
        body.Add($"--{boundary}\r\n{Disposition(name, fileName, escapes, isInner)}Content-Type: {type}\r\n{parameters.Headers}\r\n");
        body.AddFile(path);
        body.Add("\r\n");
    }

    private static string Disposition(string name, string? fileName, bool escapes, bool isInner)
    {
        string file = fileName is null ? "" : $"; filename=\"{Escaped(fileName, escapes)}\"";
        return isInner && name.Length == 0
            ? $"Content-Disposition: attachment{file}\r\n"
            : name.Length == 0 ? $"Content-Disposition: form-data{file}\r\n" : $"Content-Disposition: form-data; name=\"{Escaped(name, escapes)}\"{file}\r\n";
    }

    private static string Escaped(string text, bool byBackslash) => byBackslash
        ? text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
        : text.Replace("\"", "%22", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    // A word in quotes with backslashes, or up to one of the marks.
    private static string Word(ref string rest, string marks)
    {
        string trimmed = rest.TrimStart(' ', '\t');
        if (trimmed is ['"', ..])
        {
            var word = new StringBuilder();
            int at = 1;
            for (; at < trimmed.Length && trimmed[at] != '"'; at++)
            {
                if (trimmed[at] == '\\' && at + 1 < trimmed.Length && trimmed[at + 1] is '\\' or '"')
                    at++;
                word.Append(trimmed[at]);
            }

            if (at < trimmed.Length)
            {
                string behind = trimmed[(at + 1)..].TrimStart(' ', '\t');
                bool endsThere = behind.Length == 0 || marks.Contains(behind[0], StringComparison.Ordinal);
                if (endsThere)
                {
                    rest = behind;
                    return word.ToString();
                }
            }
        }

        int end = rest.AsSpan().IndexOfAny(marks);
        string plain = end < 0 ? rest : rest[..end];
        rest = end < 0 ? "" : rest[end..];
        return plain;
    }

    private static Parameters ReadParameters(ref string rest, bool stopsAtComma)
    {
        var parameters = new Parameters();
        string marks = stopsAtComma ? ",;" : ";";
        while (rest is [';', ..])
        {
            rest = rest[1..].TrimStart(' ', '\t');
            int equals = rest.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? "" : rest[..equals].ToLowerInvariant();
            if (key is not ("type" or "filename" or "headers" or "encoder"))
            {
                _ = Word(ref rest, marks); // curl warns, and reads on
                continue;
            }

            rest = rest[(equals + 1)..];
            if (key is "type")
            {
                string type = Word(ref rest, marks);
                while (rest is [';', ..] && !IsKnown(rest[1..].TrimStart(' ', '\t')))
                {
                    rest = rest[1..];
                    type += ";" + Word(ref rest, marks);
                }

                parameters = parameters with { Type = type.TrimEnd(' ', '\t') };
            }
            else if (key is "filename")
            {
                parameters = parameters with { FileName = Word(ref rest, marks) };
            }
            else if (key is "headers")
            {
                string header = Word(ref rest, marks);
                string added = header is ['@' or '<', ..]
                    ? string.Concat(ReadLines(header[1..]).Select(line => line + "\r\n"))
                    : header.TrimEnd() + "\r\n";
                parameters = parameters with { Headers = parameters.Headers + added };
            }
            else
            {
                string encoder = Word(ref rest, marks);
                throw new CurlFailure(CurlFailure.FailedInit, $"encoder={encoder}: encoders are not supported here");
            }
        }

        return parameters;
    }

    private static bool IsKnown(string text) =>
        ((string[])["type=", "filename=", "headers=", "encoder="]).Any(key => text.StartsWith(key, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> ReadLines(string path)
    {
        try
        {
            return [.. File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.TrimEnd())];
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new CurlFailure(CurlFailure.ReadError);
        }
    }

    private static string? TypeOf(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".gif" => "image/gif",
        ".jpg" or ".jpeg" => "image/jpeg",
        ".png" => "image/png",
        ".svg" => "image/svg+xml",
        ".txt" => "text/plain",
        ".htm" or ".html" => "text/html",
        ".pdf" => "application/pdf",
        ".xml" => "application/xml",
        _ => null,
    };

    private sealed record Parameters
    {
        internal string? Type { get; init; }

        internal string? FileName { get; init; }

        internal string Headers { get; init; } = "";
    }
}
