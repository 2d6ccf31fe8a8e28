using System.Globalization;
using System.Text;
using NetWhy.Linux;

namespace NetWhy.Tools.Curl;

/// <summary>Where the answer of one transfer goes: standard output, a file, a file whose name the server says.</summary>
internal sealed class CurlSink : IDisposable
{
    private readonly CurlOperation _operation;
    private readonly Stream _standard;
    private readonly string? _path;
    private readonly bool _byServersName;
    private readonly bool _appends;
    private FileStream? _file;
    private bool _isNamedByServer;

    internal CurlSink(CurlOperation operation, Stream standard, string? path, bool byServersName, bool appends)
    {
        (_operation, _standard, _path, _byServersName, _appends) = (operation, standard, path, byServersName, appends);
        FileName = path;
    }

    /// <summary>Whether it is standard output.</summary>
    internal bool IsStandard => _path is null;

    /// <summary>Name of the file; null for standard output.</summary>
    internal string? FileName { get; private set; }

    /// <summary>Octets of the body that were written.</summary>
    internal long Written { get; private set; }

    /// <summary>Octets that the file had before.</summary>
    internal long Offset { get; set; }

    /// <summary>Takes the name of the file from a header of the answer.</summary>
    /// <param name="disposition">Value of Content-Disposition.</param>
    internal void TakeName(string disposition)
    {
        if (!_byServersName || _file is not null)
            return;
        foreach (string part in disposition.Split(';').Skip(1))
        {
            string trimmed = part.Trim();
            if (!trimmed.StartsWith("filename=", StringComparison.OrdinalIgnoreCase))
                continue;
            string name = CurlText.Typed(trimmed["filename=".Length..].Trim());
            if (name is ['"' or '\'', ..])
                name = name[1..].Split(name[0])[0];
            name = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
            if (name.Length > 0 && name is not ("." or "..") && !name.Any(char.IsControl))
            {
                FileName = _operation.Value("output-dir") is { } folder ? Path.Combine(folder, name) : name;
                _isNamedByServer = true;
                Open("Failed writing header");
            }

            return;
        }
    }

    /// <summary>Writes a header.</summary>
    /// <param name="octets">The header's line.</param>
    internal void WriteHeader(ReadOnlySpan<byte> octets) => Put(octets, "Failed writing header");

    /// <summary>Writes a piece of the body.</summary>
    /// <param name="octets">The piece.</param>
    internal void Write(ReadOnlySpan<byte> octets)
    {
        if (IsStandard && Written == 0 && octets.Contains((byte)0) && NetWhy.Linux.StandardStream.Output.IsTerminal && _operation.Nodes.All(node => node.Output is not "-"))
            throw new CurlFailure(CurlFailure.WriteError, BinaryWarning);
        Put(octets, "Failed writing body");
        Written += octets.Length;
    }

    /// <summary>What is said instead of octets that would upset a terminal.</summary>
    internal const string BinaryWarning = "Binary output can mess up your terminal. Use \"--output -\" to tell curl to output it to your terminal anyway, or consider \"--output <FILE>\" to save to a file.";

    /// <summary>Makes the file, if nothing came that would have.</summary>
    internal void Finish()
    {
        if (!IsStandard && _file is null)
            Open("Failure writing output to destination");
    }

    /// <summary>Forgets what came, before another attempt.</summary>
    internal void Truncate()
    {
        if (_file is { CanSeek: true })
        {
            _file.SetLength(Offset);
            _file.Seek(0, SeekOrigin.End);
        }

        Written = 0;
    }

    /// <summary>Removes the file.</summary>
    internal void Remove()
    {
        if (_file is null)
            return;
        _file.Dispose();
        File.Delete(FileName!);
    }

    /// <summary>Gives the file the time of what it is a copy of.</summary>
    /// <param name="seconds">Seconds of the epoch.</param>
    internal void Stamp(long seconds)
    {
        if (_file is null)
            return;
        File.SetLastWriteTimeUtc(_file.SafeFileHandle, CurlFiles.TimeOf(seconds).UtcDateTime);
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private void Put(ReadOnlySpan<byte> octets, string failure)
    {
        if (!IsStandard && _file is null)
            Open("Failure writing output to destination");
        try
        {
            if (IsStandard)
                _standard.Write(octets);
            else
                _file!.Write(octets);
        }
        catch (Exception refusal) when (refusal is IOException or ToolException)
        {
            throw new CurlFailure(CurlFailure.WriteError, failure); // such as on a full disk
        }
    }

    // A name of the server's is never that of a file, or of a link, that is there: not even behind -C.
    private void Open(string failure)
    {
        const int MostNumbers = 100;
        bool numbers = _operation.Has("no-clobber");
        FileMode mode = _appends && !_isNamedByServer ? FileMode.Append : _isNamedByServer || numbers ? FileMode.CreateNew : FileMode.Create;
        string name = FileName!;
        try
        {
            if (_operation.Has("create-dirs") && Path.GetDirectoryName(FileName) is { Length: > 0 } folder)
                Directory.CreateDirectory(folder);
            for (int number = 1; _file is null; number++)
            {
                try
                {
                    _file = new FileStream(name, mode, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
                }
                catch (IOException refusal) when (refusal.HResult == (int)Errno.EEXIST && numbers && number < MostNumbers)
                {
                    name = string.Create(CultureInfo.InvariantCulture, $"{FileName}.{number}");
                }
            }

            FileName = name;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CurlFailure(CurlFailure.WriteError, failure) { Warning = $"Failed to open the file {FileName}: {CurlFiles.WhyNot(refusal, name)}" };
        }
    }
}

/// <summary>What <c>-w</c> prints. Source: curl(1), "--write-out".</summary>
internal static class CurlWriteOut
{
    /// <summary>The variables with their JSON; of texts, a letter for each octet, as header values are.</summary>
    /// <param name="transfer">The transfer.</param>
    private static IEnumerable<(string Name, string Text, bool IsText)> Variables(CurlTransfer transfer)
    {
        CurlProgress progress = transfer.Progress;
        yield return ("certs", transfer.Certificates.Text, true);
        yield return ("content_type", transfer.ContentType!, true);
        yield return ("errormsg", CurlText.Letters(transfer.ErrorMessage!), true);
        yield return ("exitcode", Number(transfer.ExitCode), false);
        yield return ("filename_effective", CurlText.Letters(transfer.Sink?.FileName!), true);
        yield return ("ftp_entry_path", null!, true);
        yield return ("http_code", transfer.Status.ToString("000", CultureInfo.InvariantCulture), false);
        yield return ("http_connect", transfer.ConnectStatus.ToString("000", CultureInfo.InvariantCulture), false);
        yield return ("http_version", transfer.HttpVersion, true);
        yield return ("local_ip", transfer.LocalAddress, true);
        yield return ("local_port", Number(transfer.LocalPort), false);
        yield return ("method", CurlText.Letters(transfer.Method), true);
        yield return ("num_certs", Number(transfer.Certificates.Count), false);
        yield return ("num_connects", Number(transfer.NewConnections), false);
        yield return ("num_headers", Number(transfer.HeaderCount), false);
        yield return ("num_redirects", Number(transfer.Redirects), false);
        yield return ("proxy_ssl_verify_result", "0", false);
        yield return ("redirect_url", CurlText.Letters(transfer.RedirectUrl!), true);
        yield return ("referer", CurlText.Letters(transfer.Referer!), true);
        yield return ("remote_ip", CurlText.Letters(transfer.RemoteAddress), true);
        yield return ("remote_port", Number(transfer.RemotePort), false);
        yield return ("response_code", transfer.Status.ToString("000", CultureInfo.InvariantCulture), false);
        yield return ("scheme", transfer.Scheme!, true);
        yield return ("size_download", Number(progress.Downloaded), false);
        yield return ("size_header", Number(transfer.HeaderSize), false);
        yield return ("size_request", Number(transfer.RequestSize), false);
        yield return ("size_upload", Number(progress.Uploaded), false);
        yield return ("speed_download", Number(CurlMeter.SpeedOf(progress.Downloaded, progress.Total)), false);
        yield return ("speed_upload", Number(CurlMeter.SpeedOf(progress.Uploaded, progress.Total)), false);
        yield return ("ssl_verify_result", Number(transfer.VerifyResult), false);
        yield return ("time_appconnect", Seconds(progress.AppConnect), false);
        yield return ("time_connect", Seconds(progress.Connect), false);
        yield return ("time_namelookup", Seconds(progress.NameLookup), false);
        yield return ("time_pretransfer", Seconds(progress.PreTransfer), false);
        yield return ("time_redirect", Seconds(progress.Redirect), false);
        yield return ("time_starttransfer", Seconds(progress.StartTransfer), false);
        yield return ("time_total", Seconds(progress.Total), false);
        yield return ("url", CurlText.Letters(transfer.TypedUrl), true);
        yield return ("url_effective", CurlText.Letters(transfer.EffectiveUrl), true);
        yield return ("urlnum", Number(transfer.Index), false);
    }

    /// <summary>Prints the format.</summary>
    /// <param name="format">The format.</param>
    /// <param name="transfer">The transfer.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    internal static void Print(string format, CurlTransfer transfer, Stream output, Stream error)
    {
        format = CurlText.Letters(format);
        Dictionary<string, string> values = Variables(transfer).ToDictionary(one => one.Name, one => one.Text);
        Stream now = output;
        var text = new StringBuilder();
        for (int at = 0; at < format.Length; at++)
        {
            char next = at + 1 < format.Length ? format[at + 1] : '\0';
            switch (format[at])
            {
                case '%' when next == '%':
                    text.Append('%');
                    at++;
                    break;
                case '%' when next == '{' && format.IndexOf('}', at) is > 0 and var close:
                    string name = format[(at + 2)..close];
                    at = close;
                    switch (name)
                    {
                        case "stdout" or "stderr":
                            Flush();
                            now = name is "stdout" ? output : error;
                            break;
                        case "onerror":
                            if (transfer.ExitCode == 0)
                                at = format.Length;
                            break;
                        case "json":
                            text.Append(Json(transfer));
                            break;
                        case "header_json":
                            text.Append(HeaderJson(transfer));
                            break;
                        default:
                            if (values.TryGetValue(name, out string? value))
                                text.Append(value);
                            else
                                error.Write(Encoding.Latin1.GetBytes($"curl: unknown --write-out variable: '{name}'\n"));
                            break;
                    }

                    break;
                case '%' when format.AsSpan(at).StartsWith("%header{") && format.IndexOf('}', at) is > 0 and var end:
                    string field = format[(at + "%header{".Length)..end];
                    text.Append(transfer.HeaderLines.FirstOrDefault(one => one.Name.Equals(field, StringComparison.OrdinalIgnoreCase)).Value);
                    at = end;
                    break;
                case '\\' when next is 'r' or 'n' or 't':
                    text.Append(next switch { 'r' => '\r', 'n' => '\n', _ => '\t' });
                    at++;
                    break;
                default:
                    text.Append(format[at]);
                    break;
            }
        }

        Flush();

        void Flush()
        {
            now.Write(Encoding.Latin1.GetBytes(text.ToString()));
            text.Clear();
        }
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time)
    {
        long microseconds = time.Ticks / TimeSpan.TicksPerMicrosecond;
        return string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1_000_000}.{microseconds % 1_000_000:000000}");
    }

    private static string Json(CurlTransfer transfer)
    {
        IEnumerable<string> members = Variables(transfer).Select(one =>
            $"\"{one.Name}\":{(one.Text is null ? "null" : one.IsText ? Quoted(one.Text) : one.Name is "http_code" or "http_connect" or "response_code" ? long.Parse(one.Text, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture) : one.Text)}");
        return $"{{{string.Join(",", members)},\"curl_version\":{Quoted(CurlTool.LibraryVersion)}}}";
    }

    private static string HeaderJson(CurlTransfer transfer)
    {
        IEnumerable<string> members = transfer.HeaderLines
            .GroupBy(one => one.Name.ToLowerInvariant())
            .Select(group => $"{Quoted(group.Key)}:[{string.Join(",", group.Select(one => Quoted(one.Value)))}]");
        return $"{{{string.Join(",\n", members)}\n}}";
    }

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char letter in text)
        {
            quoted.Append(letter switch
            {
                '\\' => "\\\\",
                '"' => "\\\"",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                _ => letter.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
