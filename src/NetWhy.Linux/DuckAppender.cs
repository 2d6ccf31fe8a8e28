using System.Text;
using System.Text.Unicode;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Adds rows to a table of DuckDB, many at once. Cells that are not set are NULL.</summary>
public sealed unsafe class DuckAppender : IDisposable
{
    private const int MostRows = 2048; // of a chunk: STANDARD_VECTOR_SIZE

    private readonly nint[] _vectors;
    private readonly nint[] _data;
    private readonly nint[] _validity;
    private nint _appender;
    private nint _chunk;
    private int _row;

    /// <summary>Begins.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="table">The table.</param>
    /// <param name="columns">What its columns hold.</param>
    /// <exception cref="DuckException">There is no such table.</exception>
    internal DuckAppender(nint connection, string table, ReadOnlySpan<DuckType> columns)
    {
        nint appender;
        if (LibDuckDb.duckdb_appender_create(connection, null, table, &appender) != 0)
        {
            string said = DuckDatabase.TextOf(LibDuckDb.duckdb_appender_error(appender)) ?? table;
            _ = LibDuckDb.duckdb_appender_destroy(&appender);
            throw new DuckException(said);
        }

        _appender = appender;
        _vectors = new nint[columns.Length];
        _data = new nint[columns.Length];
        _validity = new nint[columns.Length];
        nint[] types = new nint[columns.Length];
        for (int index = 0; index < types.Length; index++)
            types[index] = LibDuckDb.duckdb_create_logical_type((int)columns[index]);
        fixed (nint* first = types)
        {
            _chunk = LibDuckDb.duckdb_create_data_chunk(first, (ulong)types.Length);
            for (int index = 0; index < types.Length; index++)
                LibDuckDb.duckdb_destroy_logical_type(first + index);
        }

        Begin();
    }

    /// <summary>Sets an integer or a time.</summary>
    /// <param name="column">The column.</param>
    /// <param name="value">The value.</param>
    public void Set(int column, long value)
    {
        ((long*)_data[column])[_row] = value;
        MakeValid(column);
    }

    /// <summary>Sets a truth.</summary>
    /// <param name="column">The column.</param>
    /// <param name="value">The value.</param>
    public void Set(int column, bool value)
    {
        ((byte*)_data[column])[_row] = value ? (byte)1 : (byte)0;
        MakeValid(column);
    }

    /// <summary>Sets text.</summary>
    /// <param name="column">The column.</param>
    /// <param name="text">The text, as it came: what is no UTF-8 becomes U+FFFD.</param>
    public void Set(int column, ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
            text = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text));
        fixed (byte* first = text)
        {
            byte nothing = 0;
            LibDuckDb.duckdb_vector_assign_string_element_len(_vectors[column], (ulong)_row, first is null ? &nothing : first, (ulong)text.Length);
        }

        MakeValid(column);
    }

    /// <summary>Ends the row.</summary>
    /// <exception cref="DuckException">It cannot be kept: the disk is full.</exception>
    public void EndRow()
    {
        if (++_row == MostRows)
            Send();
    }

    /// <summary>Ends the last row: they are in the table then.</summary>
    /// <exception cref="DuckException">They cannot be kept.</exception>
    public void Complete()
    {
        Send();
        Check(LibDuckDb.duckdb_appender_close(_appender));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_appender == 0)
            return;
        (nint appender, nint chunk) = (_appender, _chunk);
        LibDuckDb.duckdb_destroy_data_chunk(&chunk);
        _ = LibDuckDb.duckdb_appender_destroy(&appender);
        (_appender, _chunk) = (0, 0);
    }

    private void Send()
    {
        LibDuckDb.duckdb_data_chunk_set_size(_chunk, (ulong)_row);
        Check(LibDuckDb.duckdb_append_data_chunk(_appender, _chunk));
        LibDuckDb.duckdb_data_chunk_reset(_chunk);
        Begin();
    }

    private void Check(int state)
    {
        if (state != 0)
            throw new DuckException(DuckDatabase.TextOf(LibDuckDb.duckdb_appender_error(_appender)) ?? "DuckDB takes no more rows");
    }

    // Every cell is NULL until it is set.
    private void Begin()
    {
        _row = 0;
        for (int column = 0; column < _vectors.Length; column++)
        {
            nint vector = _vectors[column] = LibDuckDb.duckdb_data_chunk_get_vector(_chunk, (ulong)column);
            LibDuckDb.duckdb_vector_ensure_validity_writable(vector);
            _data[column] = (nint)LibDuckDb.duckdb_vector_get_data(vector);
            _validity[column] = (nint)LibDuckDb.duckdb_vector_get_validity(vector);
            new Span<ulong>((void*)_validity[column], MostRows / 64).Clear();
        }
    }

    private void MakeValid(int column) => ((ulong*)_validity[column])[_row / 64] |= 1ul << (_row % 64);
}
